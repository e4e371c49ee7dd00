using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using FaceBias.Reporting;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Reporting;

public class TensorBoardWriterTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, 500, TimeSpan.Zero);

    /// <summary>RFC 3720, appendix B.4, and the check value of the CRC catalogue.</summary>
    [Fact]
    public void CRC32C_has_its_published_values()
    {
        Assert.Equal(0xE3069283u, TensorBoardRecord.Crc32C("123456789"u8));
        Assert.Equal(0x8A9136AAu, TensorBoardRecord.Crc32C(new byte[32]));
        Assert.Equal(0x62A8AB43u, TensorBoardRecord.Crc32C([.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal(0x46DD794Eu, TensorBoardRecord.Crc32C([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
        Assert.Equal(0x113FDB5Cu, TensorBoardRecord.Crc32C([.. Enumerable.Range(0, 32).Select(i => (byte)(31 - i))]));
    }

    [Fact]
    public void Curves_come_back_through_an_independent_reader()
    {
        var folder = TestPaths.NewFolder();
        using (var writer = TensorBoardWriter.Open(folder))
        {
            writer.Scalar("loss/train", 0.25, 3, Noon);
            writer.Scalar("mae", double.NaN, 4, Noon);
        }
        var path = Assert.Single(Directory.GetFiles(folder));
        Assert.StartsWith("events.out.tfevents.", Path.GetFileName(path), StringComparison.Ordinal);
        var events = ReadAll(path);
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.Equal((3, "loss/train", 0.25f, 1767355200.5),
            (events[1].Step, events[1].Tag, events[1].Number, events[1].Time));
        Assert.True(float.IsNaN(events[2].Number!.Value));
        Assert.Equal(3, events.Count);
    }

    [Fact]
    public void An_interrupted_file_goes_on_without_its_broken_end_and_the_repeated_steps()
    {
        var folder = TestPaths.NewFolder();
        using (var writer = TensorBoardWriter.Open(folder))
            for (var step = 0; step < 6; step++)
                writer.Scalar("loss", step, step);
        var path = Directory.GetFiles(folder)[0];
        using (var stream = File.OpenWrite(path))
            stream.SetLength(stream.Length - 3);

        using (var writer = TensorBoardWriter.Open(folder))
            writer.Scalar("loss", 50, 5);
        Assert.Equal([0, 1, 2, 3, 4, 5], ReadAll(path).Skip(1).Select(e => e.Step));

        using (var writer = TensorBoardWriter.Open(folder, resumeFromStep: 2))
            writer.Scalar("loss", 20, 2);
        var events = ReadAll(path);
        Assert.Equal([0, 1, 2], events.Skip(1).Select(e => e.Step));
        Assert.Equal(20, events[^1].Number);
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.Single(Directory.GetFiles(folder));

        using (TensorBoardWriter.Open(folder, resumeFromStep: 0))
        {
        }
        Assert.Equal("brain.Event:2", Assert.Single(ReadAll(path)).Version);
    }

    [Fact]
    public void A_damaged_file_is_started_again()
    {
        var folder = TestPaths.NewFolder();
        var path = Path.Combine(folder, "events.out.tfevents.0000000001.facebias");
        File.WriteAllBytes(path, [.. Enumerable.Range(0, 100).Select(i => (byte)i)]);
        using (var writer = TensorBoardWriter.Open(folder))
            writer.Scalar("a", 1, 1);
        Assert.Equal(2, ReadAll(path).Count);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        var file = Path.Combine(TestPaths.NewFolder(), "file");
        File.WriteAllText(file, "");
        var e = Assert.Throws<FaceBiasException>(() => TensorBoardWriter.Open(Path.Combine(file, "events")));
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
    }

    /// <summary>TensorBoard's own reader, where there is one.</summary>
    [Fact]
    public async Task TensorBoard_itself_reads_the_file()
    {
        var folder = TestPaths.NewFolder();
        using (var writer = TensorBoardWriter.Open(folder))
        {
            writer.Scalar("loss/train", 0.5, 1);
            writer.Scalar("loss/train", 0.25, 2);
        }
        const string script = """
            import sys
            try:
                from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            except ImportError:
                sys.exit(77)
            a = EventAccumulator(sys.argv[1]); a.Reload()
            print(' '.join(f'{e.step}:{e.value}' for e in a.Scalars('loss/train')))
            """;
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "-c", script, folder })
            start.ArgumentList.Add(argument);
        Process? python = null;
        try
        {
            python = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("needs python3 with tensorboard");
        }
        using var process = python!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.SkipWhen(process.ExitCode == 77, "needs python3 with tensorboard");
        Assert.True(process.ExitCode == 0, await errors);
        Assert.Equal("1:0.5 2:0.25", output.Trim());
    }

    private sealed record Event(double Time, long Step, string? Version, string? Tag, float? Number);

    /// <summary>A reader that shares nothing with the writer: framing, a bitwise CRC and a protobuf scanner of its
    /// own.</summary>
    private static List<Event> ReadAll(string path)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        var events = new List<Event>();
        while (rest.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(rest);
            Assert.Equal(MaskedBitwise(rest[..8]), BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
            var data = rest.Slice(12, length);
            Assert.Equal(MaskedBitwise(data), BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]));
            rest = rest[(length + 16)..];
            var e = Fields(data);
            var value = e.TryGetValue(5, out var summary) ? Fields(Fields(summary)[1]) : [];
            events.Add(new(
                BitConverter.ToDouble(e[1]), BitConverter.ToInt64(e[2]), Utf8(e, 3), Utf8(value, 1),
                value.TryGetValue(2, out var n) ? BitConverter.ToSingle(n) : null));
        }
        return events;
    }

    private static string? Utf8(Dictionary<int, byte[]> fields, int field) =>
        fields.TryGetValue(field, out var bytes) ? Encoding.UTF8.GetString(bytes) : null;

    private static Dictionary<int, byte[]> Fields(ReadOnlySpan<byte> data)
    {
        var fields = new Dictionary<int, byte[]>();
        while (data.Length > 0)
        {
            var tag = Varint(ref data);
            byte[] content;
            switch (tag & 7)
            {
                case 0: content = BitConverter.GetBytes(Varint(ref data)); break;
                case 1: content = data[..8].ToArray(); data = data[8..]; break;
                case 5: content = data[..4].ToArray(); data = data[4..]; break;
                default:
                    var length = (int)Varint(ref data);
                    content = data[..length].ToArray();
                    data = data[length..];
                    break;
            }
            fields[(int)(tag >> 3)] = content;
        }
        return fields;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> data)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = data[0];
            data = data[1..];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
    }

    private static uint MaskedBitwise(ReadOnlySpan<byte> data)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var b in data)
        {
            crc ^= b;
            for (var i = 0; i < 8; i++)
                crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
        }
        crc = ~crc;
        return (crc >> 15 | crc << 17) + 0xa282ead8u;
    }
}
