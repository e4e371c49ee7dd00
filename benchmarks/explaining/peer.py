"""What Python makes of the same: the package lime, and Grad-CAM by PyTorch. Reads and writes a folder.

peer.py cam FOLDER NET             writes NET.onnx (of torchvision, random weights), picture.bin and cam.bin (before scaling)
peer.py lime FOLDER NET LIME SAMPLES   explains picture.bin end to end by the package in the folder LIME and prints
                                       seconds and superpixels
"""
import sys
import time

import numpy as np
import torch
import torchvision

torch.manual_seed(4)
torch.set_num_threads(2)
kind, folder, name = sys.argv[1:4]
net = getattr(torchvision.models, name)(weights=None).eval()
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
    (net.layer4 if hasattr(net, 'layer4') else net.features).register_forward_hook(lambda m, i, o: (kept.update(a=o), o.retain_grad())[0])
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
    torch.onnx.export(Scaled(), picture, f'{folder}/{name}.onnx', input_names=['pixels'], output_names=['scores'],
                      opset_version=13, dynamic_axes={'pixels': {0: 'N'}, 'scores': {0: 'N'}})
    print(top)
else:
    sys.path.insert(0, sys.argv[4])
    from lime import lime_image
    picture = np.fromfile(folder + '/picture.bin', np.float32).reshape(3, 224, 224).transpose(1, 2, 0).astype(np.uint8)

    def classify(batch):
        with torch.no_grad():
            return torch.softmax(net(torch.from_numpy(np.stack(batch).transpose(0, 3, 1, 2).astype(np.float32)) / 255), 1).numpy()

    began = time.time()
    explanation = lime_image.LimeImageExplainer(random_state=1).explain_instance(
        picture, classify, top_labels=1, num_samples=int(sys.argv[5]), progress_bar=False)
    print(time.time() - began, len(np.unique(explanation.segments)))
