using System.Net;
using System.Text.Json;
using FaceBias.Samples.Web;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet.Tests;

public sealed class FaceWebTests : IAsyncLifetime
{
    private readonly string _folder = TestPaths.NewFolder("web");
    private Microsoft.AspNetCore.Builder.WebApplication _app = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        TinyModel.Write(_folder);
        await File.WriteAllTextAsync(Path.Combine(_folder, "MODEL_CARD.md"), "# Card\n");
        _app = FaceWeb.Create(["--model", Path.Combine(_folder, "model.onnx"), "--urls", "http://127.0.0.1:0", "--MaxUploadBytes", "100000", "--MaxPixels", "40000",
            "--Logging:LogLevel:Default", "None"]);
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Many_pictures_at_once_get_what_the_engine_says_alone()
    {
        using var engine = new MLContext().Model.CreateFacePredictionEngine(Path.Combine(_folder, "model.onnx"));
        var pictures = Enumerable.Range(0, 12).Select(i => Picture(20 + i, 30 - i)).ToArray();
        var answers = await Task.WhenAll(pictures.Select(Post));
        for (var i = 0; i < pictures.Length; i++)
        {
            Assert.Equal(HttpStatusCode.OK, answers[i].Status);
            var expected = engine.Predict(pictures[i]);
            var gender = answers[i].Json.EnumerateArray().First();
            Assert.Equal(expected["gender"].Label, gender.GetProperty("label").GetString());
            Assert.Equal(expected["gender"].Values[0], gender.GetProperty("classes")[0].GetProperty("probability").GetSingle(), 1e-6f);
            Assert.InRange(gender.GetProperty("uncertainty").GetDouble(), 0, 1);
            Assert.Equal(JsonValueKind.Null, answers[i].Json.EnumerateArray().Last().GetProperty("label").ValueKind);
        }
    }

    [Fact]
    public async Task What_is_too_large_or_no_picture_is_refused_with_a_sentence()
    {
        var wide = await Post(Picture(250, 250));
        Assert.Equal(HttpStatusCode.BadRequest, wide.Status);
        Assert.Contains("250 x 250 pixels", wide.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
        var text = await Post("hello"u8.ToArray());
        Assert.Equal(HttpStatusCode.BadRequest, text.Status);
        Assert.Contains("it is text", text.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await Post([])).Status);
        var heavy = await Post(new byte[200_000]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, heavy.Status);
        Assert.Contains("larger than 100,000 bytes", heavy.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hostile_uploads_get_a_sentence_and_the_service_goes_on()
    {
        foreach (var (name, upload, reason) in new (string, byte[], string)[]
        {
            ("nothing", [], "0 bytes"),
            ("text named as a picture", "\u00a0not a picture"u8.ToArray(), "no image format"),
            ("SVG", "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"u8.ToArray(), "SVG"),
            ("the head of a JPEG", Picture(20, 20, ".jpg")[..30], "cut off"),
            ("a PNG of 900 million pixels", Huge(), "30,000 x 30,000 pixels"),
        })
        {
            var (status, json) = await Post(upload);
            Assert.Equal((name, HttpStatusCode.BadRequest), (name, status));
            Assert.Contains(reason, json.GetProperty("error").GetString(), StringComparison.Ordinal);
        }
        var frames = NetVips.Image.NewFromBuffer(Picture(20, 30)).ExtractBand(0, 3).Join(NetVips.Image.Black(20, 30, 3), NetVips.Enums.Direction.Vertical)
            .Mutate(m => m.Set(NetVips.GValue.GIntType, "page-height", 30));
        Assert.Equal(HttpStatusCode.OK, (await Post(frames.WebpsaveBuffer(lossless: true))).Status);

        // 100 MB: refused before they are sent to who asks first, and while they are on their way to who does not.
        foreach (var asks in new[] { true, false })
        {
            using var content = new StreamContent(new Zeros(100_000_000));
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/predict", UriKind.Relative)) { Content = content };
            request.Headers.ExpectContinue = asks;
            if (asks)
                content.Headers.ContentLength = 100_000_000;
            try
            {
                using var response = await _client.SendAsync(request);
                Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
            }
            catch (HttpRequestException) when (!asks)
            {
                // It has answered and closed before all was sent.
            }
        }
        Assert.Equal("Healthy", await _client.GetStringAsync("/health"));
    }

    [Fact]
    public async Task Health_card_model_and_page_are_there()
    {
        Assert.Equal("Healthy", await _client.GetStringAsync("/health"));
        Assert.Equal("# Card\n", await _client.GetStringAsync("/card"));
        Assert.Contains("gender", await _client.GetStringAsync("/model"), StringComparison.Ordinal);
        Assert.Contains("perceived", await _client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_model_it_says_so()
    {
        Assert.Contains("Name the model", Assert.Throws<FaceBiasException>(() => FaceWeb.Create([])).Message, StringComparison.Ordinal);
        Assert.Contains("The model file 'no.onnx' does not exist", Assert.Throws<FaceBiasException>(() => FaceWeb.Create(["--model", "no.onnx"])).Message, StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, JsonElement Json)> Post(byte[] picture)
    {
        using var response = await _client.PostAsync(new Uri("/predict", UriKind.Relative), new ByteArrayContent(picture));
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    /// <summary>A PNG's head, which says its size, and no pixels.</summary>
    private static byte[] Huge()
    {
        byte[] bytes = [0x89, .. "PNG\r\n\u001a\n"u8];
        foreach (var (type, data) in new (byte[], byte[])[] { ("IHDR"u8.ToArray(), [0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 2, 0, 0, 0]), ("IDAT"u8.ToArray(), []), ("IEND"u8.ToArray(), []) })
        {
            byte[] chunk = [.. type, .. data];
            var crc = System.IO.Hashing.Crc32.HashToUInt32(chunk);
            bytes = [.. bytes, 0, 0, 0, (byte)data.Length, .. chunk, (byte)(crc >> 24), (byte)(crc >> 16), (byte)(crc >> 8), (byte)crc];
        }
        return bytes;
    }

    /// <summary>Zeros that do not say how many they are.</summary>
    private sealed class Zeros(long count) : Stream
    {
        private long _left = count;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, _left);
            _left -= read;
            return read;
        }

        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private static byte[] Picture(int width, int height, string extension = ".png")
    {
        var bgra = Enumerable.Range(0, 4 * width * height).Select(i => i % 4 == 3 ? (byte)255 : (byte)(i * 7)).ToArray();
        using var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, bgra);
        var file = Path.Combine(TestPaths.NewFolder(), "p" + extension);
        image.Save(file);
        return File.ReadAllBytes(file);
    }
}
