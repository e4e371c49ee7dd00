// The 64x64 face classifier of the MIT course 6.S191 (lab 2), from scratch: is there a face in the picture?
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Training;
using FaceBias.Synthesis;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

const int Batch = 32, Side = 64;
var folder = Path.Combine(Path.GetTempPath(), "facebias-mit-lab");
var spec = SynthSpecFile.Parse("""{ "size": 64, "planted": { "non_faces": 0.45 } }""", "the example");
var without = SynthDataSet.Write(spec, 640, 1, folder).NonFaces.ToHashSet();
var files = Directory.GetFiles(Path.Combine(folder, "images")).Order().ToArray();

var net = new NetworkBuilder("mit-lab", seed: 1);
var labels = net.Graph.Input("labels", DataType.Int64, Batch);
var x = net.Graph.Input("pixels", DataType.Float, Batch, 3, Side, Side);
x = net.Graph.Add("Mul", x, net.Graph.Constant(1f / 255));
var channels = 3;
foreach (var (width, kernel) in new[] { (12, 5), (24, 5), (48, 3), (72, 3) })
{
    x = net.BatchNorm(net.Relu(net.Conv(x, channels, width, kernel, stride: 2, bias: true)), width);
    channels = width;
}
x = net.Relu(net.Dense(net.Graph.Add("Flatten", x), channels * Side / 16 * Side / 16, 512));
net.Graph.Add("Identity", [Losses.SoftmaxCrossEntropy(net.Graph, net.Dense(x, 512, 2), labels, classes: 2)], [], output: "loss");

using var session = new TrainingSession(net.Graph.Model, "loss", [.. net.Parameters], new Adam(),
    new TrainingSessionOptions { BatchNorm = BatchNormMode.Training });
for (var (epoch, decoder) = (1, new ImageDecoder()); epoch <= 4; epoch++)
{
    var (sum, steps) = (0f, 0);
    new Random(epoch).Shuffle(files);
    foreach (var batch in ImagePipeline.Read(files.Length, new(Side, Side), Batch, (i, p) => decoder.Decode(files[i], new(Side, Side), p).Problem))
    {
        batch.Pixels.Span.CopyTo(session.Input<float>("pixels"));
        for (var i = 0; i < Batch; i++)
            session.Input<long>("labels")[i] = without.Contains(Path.GetFileName(files[batch.Rows[i]])) ? 0 : 1;
        (sum, steps) = (sum + session.Step(1e-3), steps + 1);
    }
    Console.WriteLine($"epoch {epoch}: loss {sum / steps:0.000}");
}
