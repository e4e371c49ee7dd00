using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace FaceBias.Benchmarks.Serving;

/// <summary>What one writes first: an endpoint that decodes, runs the model and answers, one request one run, as
/// ASP.NET schedules them.</summary>
internal static class PlainEndpoint
{
    public static async Task Run(string model, int port)
    {
        using var predictor = OnnxPredictor.Open(model);
        var decoder = new ImageDecoder();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        await using var app = builder.Build();
        app.MapGet("/health/ready", () => "ready");
        app.MapPost("/predict", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            var row = new float[predictor.RowLength];
            if (decoder.Decode(body.ToArray(), predictor.Image!, row).Problem is { } problem)
                return Results.Problem(problem, statusCode: 400);
            var outputs = predictor.Predict(row, 1);
            return Results.Json(predictor.Outputs.Select((o, i) => new { o.Name, Values = outputs[i] }));
        });
        await app.RunAsync();
    }
}
