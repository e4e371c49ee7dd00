using System.Runtime.InteropServices;

namespace FaceBias.Auditing;

/// <summary>What the random draws of one grouping gave, in the order in which it asks for them: recorded by whoever
/// draws, and replayed where the parts of an audit are joined.</summary>
internal sealed class DrawLog
{
    private readonly List<double[]> _results = [];
    private readonly bool _replays;
    private int _next;

    /// <summary>A log that records.</summary>
    public DrawLog()
    {
    }

    private DrawLog(List<double[]> results) => (_results, _replays) = (results, true);

    /// <summary>The result of a draw.</summary>
    /// <param name="log">The log; null draws and keeps nothing.</param>
    public static double[] Of(DrawLog? log, Func<double[]> draw)
    {
        if (log is { _replays: true })
            return log._next < log._results.Count ? log._results[log._next++]
                : throw new FaceBiasException("A shard of the audit has fewer draws than the audit asks for; compute it "
                    + "again with this version of facebias.", ErrorKind.Permanent);
        var result = draw();
        log?._results.Add(result);
        return result;
    }

    /// <summary>The results as text.</summary>
    public string ToText()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (var result in _results)
        {
            writer.Write(result.Length);
            writer.Write(MemoryMarshal.AsBytes<double>(result));
        }
        return Convert.ToBase64String(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>A log that replays a text.</summary>
    public static DrawLog Parse(string text)
    {
        ReadOnlySpan<byte> bytes = Convert.FromBase64String(text);
        var results = new List<double[]>();
        while (bytes.Length > 0)
        {
            var size = sizeof(double) * MemoryMarshal.Read<int>(bytes);
            results.Add(MemoryMarshal.Cast<byte, double>(bytes.Slice(sizeof(int), size)).ToArray());
            bytes = bytes[(sizeof(int) + size)..];
        }
        return new(results);
    }
}
