using FaceBias.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet.Tests;

public sealed class FacePredictionEnginePoolTests : IDisposable
{
    private readonly string _model;
    private readonly ServiceProvider _services;

    public FacePredictionEnginePoolTests()
    {
        _model = TinyModel.Write(TestPaths.NewFolder("pool"));
        _services = new ServiceCollection().AddFacePredictionEnginePool(_model).BuildServiceProvider();
    }

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Many_pictures_at_once_get_what_the_engine_says_alone()
    {
        using var engine = new MLContext().Model.CreateFacePredictionEngine(_model);
        var pool = _services.GetRequiredService<FacePredictionEnginePool>();
        var pictures = Enumerable.Range(0, 12).Select(i => Picture(20 + i, 30 - i)).ToArray();
        var answers = await Task.WhenAll(pictures.Select(p => pool.PredictAsync(p)));
        for (var i = 0; i < pictures.Length; i++)
        {
            var expected = engine.Predict(pictures[i]);
            Assert.Equal(expected["gender"].Label, answers[i]["gender"].Label);
            Assert.Equal(expected["gender"].Values[0], answers[i]["gender"].Values[0], 1e-6f);
            Assert.InRange(answers[i]["gender"].Uncertainty!.Value, 0, 1);
            Assert.Null(answers[i]["age"].Label);
        }
    }

    [Fact]
    public async Task What_is_too_large_or_no_picture_is_refused_with_a_sentence()
    {
        var pool = _services.GetRequiredService<FacePredictionEnginePool>();
        async Task<string> Says(byte[] picture) =>
            (await Assert.ThrowsAsync<FaceBiasException>(() => pool.PredictAsync(picture, maxPixels: 40_000))).Message;
        Assert.Contains("250 x 250 pixels", await Says(Picture(250, 250)), StringComparison.Ordinal);
        Assert.Contains("it is text", await Says("hello"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("0 bytes", await Says([]), StringComparison.Ordinal);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => pool.PredictAsync(Picture(20, 20), cancellationToken: cancelled.Token));
    }

    private static byte[] Picture(int width, int height)
    {
        var bgra = Enumerable.Range(0, 4 * width * height).Select(i => i % 4 == 3 ? (byte)255 : (byte)(i * 7))
            .ToArray();
        using var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, bgra);
        var file = Path.Combine(TestPaths.NewFolder(), "p.png");
        image.Save(file);
        return File.ReadAllBytes(file);
    }
}
