using System.Runtime.InteropServices;

namespace FaceBias.Auditing;

/// <summary>The replicates of one target in one grouping, in the order in which its metrics ask for them: blocks of
/// them are recorded by whoever draws, and replayed where the parts of an audit are joined.</summary>
internal sealed class DrawLog
{
    /// <summary>Blocks into which the replicates of each metric are divided.</summary>
    public const int Blocks = 16;

    private readonly List<double[]>[] _drawn;
    private readonly (int From, int To) _blocks;
    private readonly bool _replays;
    private int _next;

    /// <summary>A log that draws some blocks and records them.</summary>
    public DrawLog(int fromBlock, int toBlock) =>
        (_blocks, _drawn) = ((fromBlock, toBlock), [.. Enumerable.Range(0, Blocks).Select(_ => new List<double[]>())]);

    private DrawLog(List<double[]>[] drawn) => (_drawn, _replays) = (drawn, true);

    /// <summary>Draws a replicate.</summary>
    /// <param name="replicate">Its index, on which its random numbers depend.</param>
    /// <param name="values">Takes its values.</param>
    internal delegate void Draw(int replicate, Span<double> values);

    /// <summary>Replicates, [replicate][value]; those of blocks that are not drawn are zero.</summary>
    /// <param name="log">The log; null draws all and keeps nothing.</param>
    /// <param name="count">Number of replicates.</param>
    /// <param name="draw">Draws one.</param>
    /// <param name="width">Values of each.</param>
    /// <exception cref="FaceBiasException">What is replayed was recorded by another version.</exception>
    public static double[] Of(DrawLog? log, int count, Draw draw, int width = 1)
    {
        if (log is { _replays: true })
            return log.Next(count * width);
        static int First(int block, int of) => (int)((long)block * of / Blocks);
        var (from, to) = log is null ? (0, count) : (First(log._blocks.From, count), First(log._blocks.To, count));
        var values = new double[count * width];
        for (var r = from; r < to; r++)
            draw(r, values.AsSpan(r * width, width));
        for (var b = log?._blocks.From ?? 0; b < (log?._blocks.To ?? 0); b++)
            log!._drawn[b].Add(values[(First(b, count) * width)..(First(b + 1, count) * width)]);
        return values;
    }

    private double[] Next(int length)
    {
        var at = _next++;
        double[] values = Array.Exists(_drawn, b => at >= b.Count) ? [] : [.. _drawn.SelectMany(b => b[at])];
        return values.Length == length ? values
            : throw new FaceBiasException("A shard of the audit has other draws than the audit asks for; compute it "
                + "again with this version of facebias.", ErrorKind.Permanent);
    }

    /// <summary>A block as text.</summary>
    public string ToText(int block)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (var result in _drawn[block])
        {
            writer.Write(result.Length);
            writer.Write(MemoryMarshal.AsBytes<double>(result));
        }
        return Convert.ToBase64String(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>A log that replays all blocks.</summary>
    public static DrawLog Parse(IReadOnlyList<string> blocks) => new([.. blocks.Select(text =>
    {
        ReadOnlySpan<byte> bytes = Convert.FromBase64String(text);
        var results = new List<double[]>();
        while (bytes.Length > 0)
        {
            var size = sizeof(double) * MemoryMarshal.Read<int>(bytes);
            results.Add(MemoryMarshal.Cast<byte, double>(bytes.Slice(sizeof(int), size)).ToArray());
            bytes = bytes[(sizeof(int) + size)..];
        }
        return results;
    })]);
}
