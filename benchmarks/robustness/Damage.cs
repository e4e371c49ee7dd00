namespace FaceBias.Benchmarks.Robustness;

/// <summary>What happens to files: bits flip, bytes are overwritten, parts are cut out, doubled or lost.</summary>
internal static class Damage
{
    private static readonly byte[] s_extremes = [0, 1, 0x7F, 0x80, 0xFE, 0xFF];

    public static byte[] Of(byte[] bytes, Random random)
    {
        var result = bytes;
        for (var times = random.Next(1, 5); times > 0; times--)
            result = Once(result, random);
        return result;
    }

    private static byte[] Once(byte[] bytes, Random random)
    {
        if (bytes.Length == 0)
            return bytes;
        var at = random.Next(bytes.Length);
        // Half of the damage falls where formats keep their structure.
        if (random.Next(2) == 0)
            at = random.Next(Math.Min(bytes.Length, 200));
        var length = Math.Min(bytes.Length - at, 1 << random.Next(12));
        switch (random.Next(8))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 2:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 3:
                var noise = bytes.ToArray();
                random.NextBytes(noise.AsSpan(at, Math.Min(length, 64)));
                return noise;
            case 4:
                var zeros = bytes.ToArray();
                zeros.AsSpan(at, length).Clear();
                return zeros;
            case 5:
                var extreme = bytes.ToArray();
                extreme.AsSpan(at, Math.Min(length, random.Next(1, 9))).Fill(
                    s_extremes[random.Next(s_extremes.Length)]);
                return extreme;
            default:
                var flipped = bytes.ToArray();
                for (var i = 0; i < random.Next(1, 9); i++)
                    flipped[Math.Min(bytes.Length - 1, at + random.Next(16))] ^= (byte)(1 << random.Next(8));
                return flipped;
        }
    }
}
