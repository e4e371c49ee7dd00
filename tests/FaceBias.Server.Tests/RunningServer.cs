using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using FaceBias.MLNet.Tests;
using FaceBias.Server.Hosting;
using FaceBias.Tests;

namespace FaceBias.Server.Tests;

/// <summary>A server with the tiny model, and a client of it.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private RunningServer(string folder, FaceBiasServer server) =>
        (Folder, Server, Client) = (folder, server, new() { BaseAddress = server.Address });

    public string Folder { get; }
    public FaceBiasServer Server { get; }
    public HttpClient Client { get; }
    public string Model => Path.Combine(Folder, "model.onnx");

    public static async Task<RunningServer> StartAsync(Func<ServeOptions, ServeOptions>? change = null,
        Action<string>? prepare = null)
    {
        var folder = TestPaths.NewFolder("server");
        TinyModel.Write(folder);
        prepare?.Invoke(folder);
        var options = new ServeOptions { Model = Path.Combine(folder, "model.onnx"), Port = 0, MaxBytes = 100_000,
            MaxPixels = 40_000, MaxFiles = 8 };
        return new(folder, await FaceBiasServer.StartAsync(change?.Invoke(options) ?? options));
    }

    public async Task<(HttpStatusCode Status, JsonElement Json, HttpResponseHeaders Headers)> Post(string path,
        HttpContent content)
    {
        using var response = await Client.PostAsync(new Uri(path, UriKind.Relative), content);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length > 0 ? JsonDocument.Parse(text).RootElement : default,
            response.Headers);
    }

    public Task<(HttpStatusCode Status, JsonElement Json, HttpResponseHeaders Headers)> Post(string path,
        byte[] body) => Post(path, new ByteArrayContent(body));

    public async Task<JsonElement> Get(string path) =>
        JsonDocument.Parse(await Client.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.StopAsync();
        await Server.DisposeAsync();
    }

    /// <summary>A picture of some colours.</summary>
    public static byte[] Picture(int width, int height, string extension = ".png", int seed = 0)
    {
        var rgb = Enumerable.Range(0, 3 * width * height).Select(i => (byte)(i * 7 + seed)).ToArray();
        using var image = NetVips.Image.NewFromMemory(rgb, width, height, 3, NetVips.Enums.BandFormat.Uchar)
            .Copy(interpretation: NetVips.Enums.Interpretation.Srgb);
        return image.WriteToBuffer(extension);
    }
}
