using FaceBias.Onnx.Graphs;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.MLNet.Tests;

public class FaceBiasCatalogTests
{
    private sealed class PathRow
    {
        public string Path { get; set; } = "";
    }

    private sealed class PixelsAndOutputs
    {
        [ColumnName("pixels")] public float[] Pixels { get; set; } = [];
        [ColumnName("gender")] public float[] Gender { get; set; } = [];
        [ColumnName("age")] public float[] Age { get; set; } = [];
    }

    [Theory]
    [InlineData(TinyModel.Width, TinyModel.Height, "cover")]
    [InlineData(40, 17, "cover")]
    [InlineData(13, 31, "stretch")]
    public void A_model_gives_what_plain_ONNX_Runtime_gives_on_the_same_pixels(int width, int height, string fit)
    {
        var model = TinyModel.Write(TestPaths.NewFolder(), fit);
        var context = new MLContext(seed: 1);
        using var image = Picture(width, height);
        var row = Transform(context, context.Transforms.ApplyFaceBiasModel(model), image);
        var (gender, age) = Plain(model, row.Pixels);
        Close(gender, row.Gender);
        Close(age, row.Age);
    }

    [Fact]
    public void Pixels_are_planes_of_red_green_and_blue_from_0_to_255()
    {
        var model = TinyModel.Write(TestPaths.NewFolder());
        var context = new MLContext();
        using var image = Picture(TinyModel.Width, TinyModel.Height);
        var row = Transform(context, context.Transforms.ApplyFaceBiasModel(model), image);
        const int plane = TinyModel.Width * TinyModel.Height;
        for (var i = 0; i < plane; i++)
            Assert.Equal(((float)Red(i), Green(i), Blue(i)), (row.Pixels[i], row.Pixels[plane + i], row.Pixels[2 * plane + i]));
    }

    [Fact]
    public void A_pipeline_over_paths_survives_the_model_zip()
    {
        var folder = TestPaths.NewFolder();
        var model = TinyModel.Write(folder);
        var paths = Enumerable.Range(0, 5).Select(i => $"{i}.png").ToArray();
        foreach (var path in paths)
            using (var image = Picture(20 + path[0], 30))
                image.Save(Path.Combine(folder, path));

        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable(paths.Select(p => new PathRow { Path = p }));
        var transformer = context.Transforms.ApplyFaceBiasModel(model, nameof(PathRow.Path), folder).Fit(data);
        var zip = Path.Combine(folder, "model.zip");
        context.Model.Save(transformer, data.Schema, zip);
        // The zip holds the ONNX file: the original may go.
        File.Delete(model);

        var elsewhere = new MLContext();
        var loaded = elsewhere.Model.Load(zip, out var schema);
        Assert.Equal(nameof(PathRow.Path), Assert.Single(schema).Name);
        var before = Outputs(context, transformer.Transform(data));
        var after = Outputs(elsewhere, loaded.Transform(elsewhere.Data.LoadFromEnumerable(paths.Select(p => new PathRow { Path = p }))));
        Assert.Equal(5, after.Length);
        for (var i = 0; i < after.Length; i++)
            Close(before[i].Outputs, after[i].Outputs);
    }

    [Fact]
    public void A_backbone_feeds_a_trainer_of_ML_NET()
    {
        var model = TinyModel.Write(TestPaths.NewFolder(), change: m =>
        {
            m.Graph.Output.Clear();
            m.Graph.Output.Add(GraphBuilder.ValueInfo("features", TensorProto.Types.DataType.Float, "N", 6));
        });
        var context = new MLContext();
        using var image = Picture(16, 12);
        var chain = context.Transforms.ApplyBackbone("Features", nameof(FaceImage.Image), model);
        var view = chain.Fit(Empty(context)).Transform(context.Data.LoadFromEnumerable([new FaceImage { Image = image }]));
        var features = Assert.Single(view.GetColumn<float[]>("Features").ToArray());
        Assert.Equal(6, features.Length);
        Assert.All(features, f => Assert.InRange(f, 0, 1));
        Assert.Equal(6, ((VectorDataViewType)view.Schema["Features"].Type).Size);
    }

    [Fact]
    public void A_prediction_takes_three_lines()
    {
        var folder = TestPaths.NewFolder();
        var model = TinyModel.Write(folder);
        var face = Path.Combine(folder, "face.png");
        using (var image = Picture(TinyModel.Width, TinyModel.Height))
            image.Save(face);

        var context = new MLContext();
        using var engine = context.CreateFacePredictionEngine(model);
        var prediction = engine.Predict(face);

        Assert.Equal(["gender", "age"], prediction.Keys);
        Assert.Contains(prediction["gender"].Label, new[] { "female", "male" });
        Assert.Equal(1, prediction["gender"].Values.Sum(), 5);
        Assert.Equal(prediction["gender"].Values.Max(), prediction["gender"].Value);
        Assert.Null(prediction["age"].Label);
        var pixels = Enumerable.Range(0, 3).SelectMany(c => Enumerable.Range(0, TinyModel.Width * TinyModel.Height)
            .Select(i => (float)(c == 0 ? Red(i) : c == 1 ? Green(i) : Blue(i)))).ToArray();
        var (gender, age) = Plain(model, pixels);
        Close(gender, [.. prediction["gender"].Values]);
        Close(age, [.. prediction["age"].Values]);
    }

    [Fact]
    public void A_picture_stays_the_callers()
    {
        using var engine = new MLContext().CreateFacePredictionEngine(TinyModel.Write(TestPaths.NewFolder()));
        using var picture = Picture(20, 30);
        var first = engine.Predict(picture)["gender"].Values;
        using (var other = Picture(30, 20))
            engine.Predict(other);
        Assert.Equal(first, engine.Predict(picture)["gender"].Values);
        Assert.Equal(20, picture.Width);
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        var folder = TestPaths.NewFolder();
        var context = new MLContext();
        Says("does not exist", () => context.Transforms.ApplyFaceBiasModel(Path.Combine(folder, "no.onnx")));
        var plain = TinyModel.Write(folder, change: m => m.MetadataProps.Clear());
        Says("not one that facebias trained", () => context.Transforms.ApplyFaceBiasModel(plain));
        Says("lacks the output 'features'", () => context.Transforms.ApplyBackbone("F", "Image", plain));
        var later = TinyModel.Write(folder, change: m => m.SetMetadata("facebias.model", """{"version":2}"""));
        Says("later version", () => context.Transforms.ApplyFaceBiasModel(later));
        var damaged = TinyModel.Write(folder, change: m => m.SetMetadata("facebias.model", """{"version":1}"""));
        Says("damaged", () => context.Transforms.ApplyFaceBiasModel(damaged));

        using var engine = context.CreateFacePredictionEngine(TinyModel.Write(folder));
        Says("There is no file", () => engine.Predict(Path.Combine(folder, "no.jpg")));
        var text = Path.Combine(folder, "text.jpg");
        File.WriteAllText(text, "hello");
        Says("cannot be read as a picture", () => engine.Predict(text));

        static void Says(string part, Action action) =>
            Assert.Contains(part, Assert.Throws<FaceBiasException>(action).Message, StringComparison.Ordinal);
    }

    private static byte Red(int i) => (byte)(i * 5 % 256);

    private static byte Green(int i) => (byte)(255 - i * 3 % 256);

    private static byte Blue(int i) => (byte)(i * i % 256);

    private static MLImage Picture(int width, int height)
    {
        var bgra = new byte[4 * width * height];
        for (var i = 0; i < width * height; i++)
            (bgra[4 * i], bgra[4 * i + 1], bgra[4 * i + 2], bgra[4 * i + 3]) = (Blue(i), Green(i), Red(i), 255);
        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, bgra);
    }

    private static IDataView Empty(MLContext context) => context.Data.LoadFromEnumerable(Array.Empty<FaceImage>());

    private static PixelsAndOutputs Transform(MLContext context, IEstimator<ITransformer> estimator, MLImage image)
    {
        var view = estimator.Fit(Empty(context)).Transform(context.Data.LoadFromEnumerable([new FaceImage { Image = image }]));
        return context.Data.CreateEnumerable<PixelsAndOutputs>(view, reuseRowObject: false).Single();
    }

    private static FacePrediction[] Outputs(MLContext context, IDataView view) =>
        [.. context.Data.CreateEnumerable<FacePrediction>(view, reuseRowObject: false)];

    private static (float[] Gender, float[] Age) Plain(string model, float[] pixels)
    {
        using var session = new InferenceSession(model);
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, TinyModel.Height, TinyModel.Width]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["pixels"], [input], ["gender", "age"]);
        return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[1].GetTensorDataAsSpan<float>().ToArray());
    }

    private static void Close(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(actual[i], expected[i] - 1e-5f * Math.Max(1, Math.Abs(expected[i])), expected[i] + 1e-5f * Math.Max(1, Math.Abs(expected[i])));
    }
}
