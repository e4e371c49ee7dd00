"""What Python makes of the same: LIME by its published definition, Grad-CAM by PyTorch. Reads and writes a folder.

peer.py cam FOLDER            writes resnet18.onnx (random weights), picture.bin and cam.bin (before scaling)
peer.py lime FOLDER N         explains picture.bin N times with 1,000 samples end to end and prints seconds per image
"""
import sys
import time

import numpy as np
import torch
import torchvision

torch.manual_seed(4)
torch.set_num_threads(2)
kind, folder = sys.argv[1], sys.argv[2]
net = torchvision.models.resnet18(weights=None).eval()
with torch.no_grad():
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-.2, .2)
            module.running_var.uniform_(.5, 1.5)
            module.weight.uniform_(.5, 1.5)
            module.bias.uniform_(-.2, .2)

if kind == 'cam':
    picture = (255 * torch.rand(1, 3, 224, 224)).float()
    picture.numpy().tofile(folder + '/picture.bin')
    kept = {}
    net.layer4.register_forward_hook(lambda m, i, o: (kept.update(a=o), o.retain_grad())[0])
    scores = net(picture / 255)
    top = int(scores.argmax())
    scores[0, top].backward()
    a = kept['a']
    cam = torch.relu((a.grad.mean((2, 3), keepdim=True) * a).sum(1))[0]
    cam.detach().numpy().astype(np.float32).tofile(folder + '/cam.bin')

    class Scaled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, x):
            return self.net(x / 255)
    torch.onnx.export(Scaled(), picture, folder + '/resnet18.onnx', input_names=['pixels'], output_names=['scores'],
                      opset_version=13, dynamic_axes={'pixels': {0: 'N'}, 'scores': {0: 'N'}})
    print(top)
else:
    import copy

    import skimage.segmentation
    import sklearn.linear_model
    import sklearn.metrics
    picture = np.fromfile(folder + '/picture.bin', np.float32).reshape(3, 224, 224).transpose(1, 2, 0).astype(np.uint8)

    def classify(batch):
        with torch.no_grad():
            return torch.softmax(net(torch.from_numpy(np.stack(batch).transpose(0, 3, 1, 2).astype(np.float32)) / 255), 1).numpy()

    # lime 0.2.0.1: lime_image.explain_instance and data_labels, lime_base.explain_instance_with_data.
    for _ in range(int(sys.argv[3])):
        began = time.time()
        segments = skimage.segmentation.quickshift(picture, kernel_size=4, max_dist=200, ratio=.2, random_seed=1)
        fudged = picture.copy()
        for x in np.unique(segments):
            fudged[segments == x] = tuple(np.mean(picture[segments == x][:, c]) for c in range(3))
        n = np.unique(segments).shape[0]
        data = np.random.RandomState(1).randint(0, 2, 1000 * n).reshape((1000, n))
        data[0, :] = 1
        labels, images = [], []
        for row in data:
            temp = copy.deepcopy(picture)
            mask = np.zeros(segments.shape).astype(bool)
            for z in np.where(row == 0)[0]:
                mask[segments == z] = True
            temp[mask] = fudged[mask]
            images.append(temp)
            if len(images) == 10:
                labels.extend(classify(np.array(images)))
                images = []
        labels = np.array(labels)
        distances = sklearn.metrics.pairwise_distances(data, data[0].reshape(1, -1), metric='cosine').ravel()
        weights = np.sqrt(np.exp(-(distances ** 2) / .25 ** 2))
        top = int(labels[0].argmax())
        # All features: highest weights of Ridge(.01), then Ridge(1), as lime does it.
        sklearn.linear_model.Ridge(alpha=.01, fit_intercept=True).fit(data, labels[:, top], sample_weight=weights)
        sklearn.linear_model.Ridge(alpha=1, fit_intercept=True).fit(data, labels[:, top], sample_weight=weights)
        print(time.time() - began, n)
