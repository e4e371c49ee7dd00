using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Tests;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Import;

public class NativeOnnxTests
{
    private static readonly PixelInput Input = Running.Plain(6, 5, 1) with { Layout = PixelLayout.Nchw };
    private readonly Weights _w = Weights.Random(1, 3, 3, 3, 4);
    private readonly string _folder = TestPaths.NewFolder();

    [Theory]
    [InlineData("picture", "out", "map")]
    [InlineData("pixels", "features", "features_1")]
    [InlineData("features", "pixels", "Identity_1")]
    public void Any_names_will_do_and_the_batch_opens(string input, string output, string inner)
    {
        var path = Model(g =>
        {
            var x = g.Input(input, DataType.Float, 1, 3, 6, 5);
            var kernel = Kernel(g);
            // As old exporters do: the weights are inputs too.
            g.Graph.Input.Add(GraphBuilder.ValueInfo(kernel, DataType.Float, 4, 3, 3, 3));
            g.AddMany("Conv", [x, kernel], 1, [], [inner]);
            g.Output(g.Add("Reshape", [g.Add("GlobalAveragePool", inner), g.Constant(1L, 4L)], [], output: output),
                DataType.Float, 1, 4);
        });
        var model = ModelImporter.ImportOnnx(path, new ImportSpec(Input, output, []));
        Assert.Equal("N", model.Graph.Input.Single().Type.TensorType.Shape.Dim[0].DimParam);
        var pictures = new[] { Picture.Random(6, 5, 1), Picture.Random(6, 5, 2), Picture.Random(6, 5, 3) };
        Running.AssertClose([.. pictures.SelectMany(p => p.Conv(_w, 1, false).Mean())],
            Running.Run(model, "features", pictures), 5e-6);
    }

    [Fact]
    public void Channels_last_and_bgr_and_a_mean_are_put_before_the_model()
    {
        var path = Model(g =>
        {
            var x = g.Input("x", DataType.Float, "batch", 6, 5, 3);
            var planes = g.Add("Transpose", [x], [("perm", new long[] { 0, 3, 1, 2 })]);
            var map = g.Add("Conv", [planes, Kernel(g)], [("pads", new long[] { 1, 1, 1, 1 })]);
            g.Output(g.Add("ReduceMean", [map, g.Constant(2L, 3L)], [("keepdims", 0)], output: "out"), DataType.Float,
                "batch", 4);
        });
        var input = new PixelInput(5, 6, ChannelOrder.Bgr, PixelLayout.Nhwc, [10, 20, 30], [0.1f, 0.2f, 0.3f]);
        var model = ModelImporter.ImportOnnx(path, new ImportSpec(input, "out", []));
        var picture = Picture.Random(6, 5, 4);
        var seen = Picture.Make(6, 5, 3, (y, x, c) => (picture[y, x, 2 - c] - input.Mean[c]) * input.Scale[c]);
        Running.AssertClose(seen.Conv(_w, 1, true).Mean(), Running.Run(model, "features", picture), 5e-6);
    }

    [Fact]
    public void A_model_that_mixes_pictures_keeps_its_batch_of_one()
    {
        var path = Model(g =>
        {
            var x = g.Input("x", DataType.Float, 1, 3, 6, 5);
            var map = g.Add("GlobalAveragePool", g.Add("Conv", x, Kernel(g)));
            // The mean over the batch makes each picture's features depend on the others.
            var centred = g.Add("Sub", map,
                g.Add("Mul", g.Constant(0.5f), g.Add("ReduceMean", [map, g.Constant(0L)], [])));
            g.Output(g.Add("Flatten", [centred], [("axis", 1)], output: "out"), DataType.Float, 1, 4);
        });
        var model = ModelImporter.ImportOnnx(path, new ImportSpec(Input, "out", []));
        Assert.Equal(1, model.Graph.Input.Single().Type.TensorType.Shape.Dim[0].DimValue);
        var picture = Picture.Random(6, 5, 4);
        Running.AssertClose([.. picture.Conv(_w, 1, false).Mean().Select(v => v / 2)],
            Running.Run(model, "features", picture), 5e-6);
    }

    [Fact]
    public void Maps_are_averaged_only_when_asked_for()
    {
        var path = Model(g =>
        {
            var x = g.Input("x", DataType.Float, "n", 3, 6, 5);
            g.Output(g.Add("Conv", [x, Kernel(g)], [], output: "map"), DataType.Float, "n", 4, 4, 3);
        });
        var spec = new ImportSpec(Input, "map", []);
        Assert.Contains("Pool", Assert.Throws<FaceBiasException>(() => ModelImporter.ImportOnnx(path, spec)).Message,
            StringComparison.Ordinal);
        var picture = Picture.Random(6, 5, 4);
        Running.AssertClose(picture.Conv(_w, 1, false).Mean(),
            Running.Run(ModelImporter.ImportOnnx(path, spec with { Pool = FeaturePooling.Mean }), "features", picture),
            5e-6);
    }

    [Fact]
    public void Features_that_are_not_finite_or_do_not_see_the_picture_are_refused()
    {
        string Broken(Func<GraphBuilder, string, string> last) => Model(g =>
        {
            var x = g.Input("x", DataType.Float, "n", 3, 6, 5);
            var rows = g.Add("Flatten", [g.Add("GlobalAveragePool", x)], [("axis", 1)]);
            g.Output(g.Add("Identity", [last(g, rows)], [], output: "out"), DataType.Float, "n", 3);
        });
        var log = Broken((g, v) => g.Add("Log", g.Add("Neg", v)));
        var zero = Broken((g, v) => g.Add("Mul", v, g.Constant(0f)));
        Assert.Contains("not finite", Message(log), StringComparison.Ordinal);
        Assert.Contains("same features", Message(zero), StringComparison.Ordinal);
        Assert.Contains("no value 'nowhere'", Assert.Throws<FaceBiasException>(() =>
            ModelImporter.ImportOnnx(log, new ImportSpec(Input, "nowhere", []))).Message, StringComparison.Ordinal);
        // The graph asks for 6 x 5; another size does not fit its declared input, but this graph takes any.
        Assert.Contains("outside 1 to", Assert.Throws<FaceBiasException>(() =>
            ModelImporter.ImportOnnx(zero, new ImportSpec(Input with { Width = 0 }, "out", []))).Message,
            StringComparison.Ordinal);

        string Message(string path) =>
            Assert.Throws<FaceBiasException>(
                () => ModelImporter.ImportOnnx(path, new ImportSpec(Input, "out", []))).Message;
    }

    [Fact]
    public void Proposals_come_from_the_graph_and_wishes_go_first()
    {
        var classifier = Model(g =>
        {
            var x = g.Input("x", DataType.Float, "n", 3, 6, 5);
            var scaled = g.Add("Mul", x, g.Constant(0.01f));
            var map = g.Add("Relu", g.Add("Conv", scaled, Kernel(g)));
            var rows = g.AddMany("Flatten", [g.Add("GlobalAveragePool", map)], 1, [], ["rows"])[0];
            var classes = g.Add("Gemm", rows, g.Constant(Weights.Random(3, 4, 10).Values, 4, 10));
            g.Output(g.Add("Softmax", [classes], [], output: "out"), DataType.Float, "n", 10);
        });
        var proposal = ImportProposal.For(classifier, new ImportOverrides());
        Assert.Equal("rows", proposal.Spec.Features);
        Assert.Equal((5, 6, PixelLayout.Nchw),
            (proposal.Spec.Input.Width, proposal.Spec.Input.Height, proposal.Spec.Input.Layout));
        Assert.Equal([0f, 0, 0], proposal.Spec.Input.Mean);
        Assert.Equal([1f, 1, 1], proposal.Spec.Input.Scale);

        var wished = ImportProposal.For(classifier,
            new ImportOverrides { Features = "out", Mean = [5], Scale = [1, 2, 3], Channels = ChannelOrder.Bgr,
                Size = (7, 8) });
        Assert.Equal("out", wished.Spec.Features);
        Assert.Equal([5f, 5, 5], wished.Spec.Input.Mean);
        Assert.Equal((7, 8, ChannelOrder.Bgr),
            (wished.Spec.Input.Width, wished.Spec.Input.Height, wished.Spec.Input.Channels));
    }

    [Fact]
    public void A_file_that_an_import_wrote_is_taken_as_it_is()
    {
        var path = Model(g =>
        {
            var x = g.Input("pixels", DataType.Float, "n", 3, 6, 5);
            var map = g.Add("Conv", x, Kernel(g));
            g.Output(g.Add("Flatten", [g.Add("GlobalAveragePool", map)], [("axis", 1)], output: "features"),
                DataType.Float, "n", 4);
            g.Model.SetMetadata(BackboneMetadata.Input, "as it is");
        });
        var spec = ImportProposal.For(path, new ImportOverrides()).Spec;
        Assert.Equal(BackboneMetadata.Features, spec.Features);
        var picture = Picture.Random(6, 5, 4);
        Running.AssertClose(picture.Conv(_w, 1, false).Mean(),
            Running.Run(ModelImporter.ImportOnnx(path, spec), "features", picture), 5e-6);
    }

    [Fact]
    public void An_embedding_is_its_own_feature_output_and_open_sizes_must_be_given()
    {
        var embedding = Model(g =>
        {
            var x = g.Input("x", DataType.Float, "n", "h", "w", 3);
            var rows = g.Add("ReduceMean", [x, g.Constant(1L, 2L)], [("keepdims", 0)]);
            g.Output(g.Add("Gemm", [rows, g.Constant(Weights.Random(3, 3, 128).Values, 3, 128)], [], output: "out"),
                DataType.Float, "n", 128);
        });
        Assert.Contains("Size",
            Assert.Throws<FaceBiasException>(() => ImportProposal.For(embedding, new ImportOverrides())).Message,
            StringComparison.Ordinal);
        var proposal = ImportProposal.For(embedding, new ImportOverrides { Size = (8, 8) });
        Assert.Equal("out", proposal.Spec.Features);
        Assert.Equal(PixelLayout.Nhwc, proposal.Spec.Input.Layout);
        Assert.Equal([127.5f, 127.5f, 127.5f], proposal.Spec.Input.Mean);
    }

    private string Kernel(GraphBuilder g) =>
        g.Constant(new ConstantTensor(_w.Shape, _w.Values).Transposed(3, 2, 0, 1), 4, 3, 3, 3);

    private string Model(Action<GraphBuilder> build)
    {
        var g = new GraphBuilder("native");
        build(g);
        var path = Path.Combine(_folder, $"{Guid.NewGuid():N}.onnx");
        OnnxFile.Write(g.Model, path);
        return path;
    }
}
