using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FaceBias.Core.Data;

namespace FaceBias.Benchmarks.Serving;

/// <summary>Good requests among those that no one should send: all good ones are answered as <c>facebias predict</c>
/// answers, the service lives, and its memory does not grow.</summary>
internal static class Hostile
{
    private const double MostGrowth = 50;

    public static async Task<bool> Run(string model, string folder, double seconds, int connections)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var files = ImageFolder.List([folder]).Files;
        var table = Path.Combine(Directory.CreateTempSubdirectory("serving").FullName, "predictions.csv");
        Processes.Predict(model, folder, table);
        var answers = new Answers(table);
        var pictures = files.Select(f => (f.Id, Bytes: File.ReadAllBytes(f.Path))).ToArray();
        var bad = Pictures(pictures[0].Bytes);
        using var served = await Processes.Serve(model, "--deadline", "60");
        var counts = new ConcurrentDictionary<string, int>();
        void Count(string what) => counts.AddOrUpdate(what, 1, (_, n) => n + 1);
        using var stop = new CancellationTokenSource();
        var failures = 0;

        async Task Good(int seed)
        {
            var random = new Random(seed);
            while (!stop.IsCancellationRequested)
            {
                var (id, bytes) = pictures[random.Next(pictures.Length)];
                try
                {
                    using var content = new ByteArrayContent(bytes);
                    using var response = await served.Client.PostAsync(new Uri("predict", UriKind.Relative), content);
                    Count($"good {(int)response.StatusCode}");
                    if (response.StatusCode == HttpStatusCode.OK)
                        answers.Compare(id, await response.Content.ReadAsStringAsync());
                    else if (response.StatusCode == HttpStatusCode.TooManyRequests)
                        await Task.Delay(200);
                    else
                        Interlocked.Increment(ref failures);
                }
                catch (HttpRequestException)
                {
                    // Refused at the limit of connections.
                    Count("good refused");
                    await Task.Delay(200);
                }
            }
        }

        async Task Bad(int seed)
        {
            var random = new Random(seed);
            while (!stop.IsCancellationRequested)
            {
                var (name, path, bytes, type) = bad[random.Next(bad.Length)];
                try
                {
                    using var content = new ByteArrayContent(bytes);
                    content.Headers.TryAddWithoutValidation("Content-Type", type);
                    using var response = await served.Client.PostAsync(new Uri(path, UriKind.Relative), content);
                    Count($"{name} {(int)response.StatusCode}");
                    if ((int)response.StatusCode >= 500 || response.IsSuccessStatusCode)
                        Interlocked.Increment(ref failures);
                }
                catch (HttpRequestException)
                {
                    Count($"{name} closed");
                }
                await Task.Delay(20);
            }
        }

        async Task Disconnect(int seed)
        {
            var random = new Random(seed);
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync(IPAddress.Loopback, served.Port);
                    var bytes = pictures[0].Bytes;
                    await socket.SendAsync(
                        Encoding.ASCII.GetBytes(
                            $"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {bytes.Length}\r\n\r\n"));
                    // In the middle of the body, or after it and before the answer.
                    await socket.SendAsync(bytes.AsMemory(0, random.Next(2) == 0 ? bytes.Length / 2 : bytes.Length));
                    Count("disconnected");
                }
                catch (SocketException)
                {
                    Count("disconnect refused");
                }
                await Task.Delay(20);
            }
        }

        async Task Slow()
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync(IPAddress.Loopback, served.Port);
                    await socket.SendAsync(
                        Encoding.ASCII.GetBytes(
                            "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n"));
                    for (var i = 0; i < 60 && !stop.IsCancellationRequested; i++)
                    {
                        await socket.SendAsync(new byte[] { 0xFF });
                        await Task.Delay(500);
                    }
                    Count("slow client endured");
                }
                catch (SocketException)
                {
                    Count("slow client closed");
                }
            }
        }

        async Task Idle()
        {
            var open = new List<Socket>();
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    for (var i = 0; i < connections / 10 && open.Count < connections; i++)
                    {
                        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                        await socket.ConnectAsync(IPAddress.Loopback, served.Port);
                        open.Add(socket);
                    }
                }
                catch (SocketException)
                {
                    Count("idle connection refused");
                }
                await Task.Delay(1000);
                if (open.Count >= connections)
                {
                    Count($"{connections} connections opened");
                    open.ForEach(s => s.Dispose());
                    open.Clear();
                    await Task.Delay(5000);
                }
            }
            open.ForEach(s => s.Dispose());
        }

        Task[] load = [.. Enumerable.Range(0, 4).Select(Good), .. Enumerable.Range(0, 6).Select(Bad),
            .. Enumerable.Range(0, 2).Select(Disconnect), .. Enumerable.Range(0, 20).Select(_ => Slow()), Idle()];
        var watch = Stopwatch.StartNew();
        var warm = Math.Min(60, seconds / 4);
        double first = 0;
        for (var said = 0.0; watch.Elapsed.TotalSeconds < seconds && served.Lives; said += 1)
        {
            await Task.Delay(1000);
            if (watch.Elapsed.TotalSeconds < warm)
                first = Math.Max(first, served.Megabytes);
            if (said % 30 == 0)
                Console.WriteLine(
                    $"{watch.Elapsed.TotalSeconds,5:0} s  {served.Megabytes:0} MB  {answers.Compared} good answers");
        }
        await stop.CancelAsync();
        await Task.WhenAll(load);
        // What it holds when it is quiet again.
        await Task.Delay(3000);
        var last = served.Lives ? served.Megabytes : double.NaN;
        foreach (var (what, n) in counts.OrderBy(c => c.Key))
            Console.WriteLine($"| {what} | {n} |");
        Console.WriteLine($"| memory, largest in the first {warm:0} s and after the load, MB | {first:0}, {last:0} |");
        Console.WriteLine(
            $"| good answers equal to predict's | {answers.Compared}, {answers.OtherLabels} other labels, largest "
                + $"difference {answers.Largest:0.0e0} |");
        var fine = served.Lives && failures == 0 && answers.OtherLabels == 0 && answers.Largest < 1e-3
            && last - first <= MostGrowth;
        Console.WriteLine(
            fine ? $"held for {seconds:0} s" : $"FAILED: lives {served.Lives}, {failures} wrong statuses, growth "
                + $"{last - first:0} MB");
        return fine;
    }

    private static (string Name, string Path, byte[] Bytes, string Type)[] Pictures(byte[] good)
    {
        var random = new byte[50_000];
        new Random(1).NextBytes(random);
        return
        [
            ("truncated", "predict", good[..(good.Length / 2)], "image/jpeg"),
            ("bomb of 900 million pixels", "predict", Bomb(30_000, 30_000, 1 << 20), "image/png"),
            ("bomb of 16 million pixels", "predict", Bomb(4000, 4000, 16_000), "image/png"),
            ("random bytes", "predict", random, "application/octet-stream"),
            ("SVG", "predict",
                "<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>"u8.ToArray(),
                "image/svg+xml"),
            ("JSON as a picture", "predict", "{}"u8.ToArray(), "application/json"),
            ("too many bytes", "predict", new byte[11_000_000], "application/octet-stream"),
            ("nothing", "predict", [], "image/jpeg"),
            ("form without an end", "predict",
                "--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\nabc"u8.ToArray(),
                "multipart/form-data; boundary=x"),
            ("tensor too short", "v2/models/model/infer",
                """{"inputs":[{"name":"image","datatype":"BYTES","shape":[9],"data":["a"]}]}"""u8.ToArray(),
                "application/json"),
            ("deep JSON", "v2/models/model/infer",
                Encoding.ASCII.GetBytes(
                    $$"""{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":{{new string('[', 5000)}}"""),
                    "application/json"),
            ("no route", "nothing", [1], "text/plain"),
        ];
    }

    /// <summary>A PNG of one colour: few bytes, many pixels.</summary>
    private static byte[] Bomb(int width, int height, int rawBytes)
    {
        using var packed = new MemoryStream();
        using (var zip = new System.IO.Compression.ZLibStream(packed,
            System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
            zip.Write(new byte[rawBytes]);
        byte[] bytes = [0x89, .. "PNG\r\n\u001a\n"u8];
        byte[] size = [(byte)(width >> 24), (byte)(width >> 16), (byte)(width >> 8), (byte)width, (byte)(height >> 24),
            (byte)(height >> 16), (byte)(height >> 8), (byte)height, 8, 2, 0, 0, 0];
        foreach (var (type, data) in new[] { ("IHDR", size), ("IDAT", packed.ToArray()),
            ("IEND", Array.Empty<byte>()) })
        {
            byte[] chunk = [.. Encoding.ASCII.GetBytes(type), .. data];
            var crc = System.IO.Hashing.Crc32.HashToUInt32(chunk);
            bytes = [.. bytes, (byte)(data.Length >> 24), (byte)(data.Length >> 16), (byte)(data.Length >> 8),
                (byte)data.Length, .. chunk, (byte)(crc >> 24), (byte)(crc >> 16), (byte)(crc >> 8), (byte)crc];
        }
        return bytes;
    }
}
