using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Imaging;

/// <summary>The blocks of a GIF.</summary>
internal static class GifFrames
{
    /// <summary>Counts the frames that are whole, and says whether the file ends as a GIF must.</summary>
    public static (int Frames, bool IsWhole) Count(ReadOnlySpan<byte> gif)
    {
        const byte Extension = 0x21, Picture = 0x2C, Trailer = 0x3B;
        var frames = 0;
        for (var at = 13 + (gif.Length > 10 ? Table(gif[10]) : 0); at < gif.Length; at++)
        {
            // Some writers leave zeros between blocks.
            if (gif[at] == 0)
                continue;
            if (gif[at] == Trailer)
                return (frames, frames > 0);
            var isPicture = gif[at] == Picture;
            if (!isPicture && gif[at] != Extension || at + 10 >= gif.Length)
                break;
            at += isPicture ? 11 + Table(gif[at + 9]) : 2;
            // Blocks of data, each after its length, up to one of length 0.
            while (at < gif.Length && gif[at] != 0)
                at += 1 + gif[at];
            if (at >= gif.Length)
                break;
            frames += isPicture ? 1 : 0;
        }
        return (frames, false);
    }

    private static int Table(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
}
