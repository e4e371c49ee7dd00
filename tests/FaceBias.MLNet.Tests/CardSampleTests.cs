using System.Text.Json;
using FaceBias.Samples.MLNet;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet.Tests;

public class CardSampleTests
{
    [Fact]
    public async Task The_card_runs_from_300_pictures_to_a_service()
    {
        var (images, output) = (TestPaths.NewFolder("images"), TestPaths.NewFolder("out"));
        var lines = new List<string> { "path,label,group" };
        var random = new Random(3);
        for (var i = 0; i < 300; i++)
        {
            var light = random.Next(2) == 1;
            // Pictures of the second group differ less.
            var group = random.Next(3) == 0 ? "b" : "a";
            var level = 128 + (light ? 1 : -1) * (group == "a" ? random.Next(30, 100) : random.Next(5, 40));
            File.WriteAllBytes(Path.Combine(images, $"{i}.png"), TestPictures.Solid((byte)level, 12 + i % 5));
            lines.Add($"{i}.png,{(light ? "light" : "dark")},{group}");
        }
        var labels = Path.Combine(output, "labels.csv");
        File.WriteAllLines(labels, lines);
        var result = Card.Train(labels, images, output,
            TinyModel.WriteTrainableBackbone(TestPaths.NewFolder("backbone")), TestPaths.NewFolder("home"), "all");
        Assert.Equal(["fine-tuned", "sweep", "GroupDRO"], result.Accuracy.Keys);
        Assert.All(result.Accuracy,
            r => Assert.True(r.Value.All > 0.8 && r.Value.WorstGroup > 0.5 && r.Value.WorstGroup <= r.Value.All,
                r.ToString()));

        // The zip goes from pictures to labels elsewhere.
        var elsewhere = new MLContext();
        var model = elsewhere.Model.Load(Path.Combine(output, "model.zip"), out var schema);
        Assert.Equal(["Group", "Label", "Path"], schema.Select(c => c.Name).Distinct().Order(StringComparer.Ordinal));

        await using var app = Card.Serve(Path.Combine(output, "model.onnx"), "--urls", "http://127.0.0.1:0",
            "--Logging:LogLevel:Default", "None");
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            using var response =
                await client.PostAsync(new Uri("/predict", UriKind.Relative),
                    new ByteArrayContent(TestPictures.Solid((byte)(i % 2 == 0 ? 30 : 230), 16)));
            return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement[0].GetProperty("label")
                .GetString();
        }));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? "dark" : "light"), answers);
        await app.StopAsync();
    }
}
