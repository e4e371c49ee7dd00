using System.Collections;
using System.Text;

namespace FaceBias.Core.Data;

/// <summary>
/// Images below folders, in the ordinal order of their ids. Ids lie as UTF-8 in one block, and ids and paths are put
/// together when they are asked for: of a million images that is a fifth of what their strings would take.
/// </summary>
internal sealed class ImageList : IReadOnlyList<ImageFile>
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    private readonly string[] _roots;
    private readonly int[] _prefixes;
    private readonly byte[] _ids;
    private readonly int[] _starts;
    private readonly ushort[]? _rootOf;

    private ImageList(string[] roots, int[] prefixes, byte[] ids, int[] starts, ushort[]? rootOf) =>
        (_roots, _prefixes, _ids, _starts, _rootOf) = (roots, prefixes, ids, starts, rootOf);

    /// <inheritdoc/>
    public int Count => _starts.Length - 1;

    /// <inheritdoc/>
    public ImageFile this[int index]
    {
        get
        {
            var id = Encoding.UTF8.GetString(Bytes(index));
            var root = _rootOf?[index] ?? 0;
            var below = id[_prefixes[root]..];
            return new(id, Path.Join(_roots[root],
                Path.DirectorySeparatorChar == '/' ? below : below.Replace('/', Path.DirectorySeparatorChar)));
        }
    }

    /// <inheritdoc/>
    public IEnumerator<ImageFile> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ReadOnlySpan<byte> Bytes(int index) => _ids.AsSpan(_starts[index].._starts[index + 1]);

    /// <summary>Gathers images in any order.</summary>
    /// <param name="roots">The folders that paths begin with.</param>
    /// <param name="prefixes">What ids begin with where a path begins with a folder, its '/' not included; empty for
    /// nothing.</param>
    internal sealed class Builder(string[] roots, string[] prefixes)
    {
        private readonly List<int> _starts = [0];
        private readonly List<ushort> _rootOf = [];
        private byte[] _ids = new byte[1 << 16];

        public int Count => _starts.Count - 1;

        /// <summary>Adds an image; false if its id is no Unicode text, which happens on Windows.</summary>
        /// <exception cref="FaceBiasException">The ids are more than two billion bytes.</exception>
        public bool TryAdd(int root, string id)
        {
            var start = _starts[^1];
            try
            {
                var length = s_strict.GetByteCount(id);
                if ((long)start + length > Array.MaxLength)
                    throw new FaceBiasException(
                        $"The names of more than {Count:N0} images are too long to be held; curate them in parts.");
                if (start + length > _ids.Length)
                    Array.Resize(ref _ids,
                        (int)Math.Min(Array.MaxLength, Math.Max(start + length, _ids.Length * 3L / 2)));
                s_strict.GetBytes(id, _ids.AsSpan(start));
                _starts.Add(start + length);
                _rootOf.Add(checked((ushort)root));
                return true;
            }
            catch (EncoderFallbackException)
            {
                return false;
            }
        }

        /// <summary>The images in order.</summary>
        public ImageList Build()
        {
            int[] order = [.. Enumerable.Range(0, Count)];
            Array.Sort(order, (a, b) => Compare(Bytes(a), Bytes(b)));
            var (ids, starts) = (new byte[_starts[^1]], new int[Count + 1]);
            for (var i = 0; i < order.Length; i++)
            {
                var id = Bytes(order[i]);
                id.CopyTo(ids.AsSpan(starts[i]));
                starts[i + 1] = starts[i] + id.Length;
            }
            return new(roots, [.. prefixes.Select(p => p.Length == 0 ? 0 : p.Length + 1)], ids, starts,
                roots.Length == 1 ? null : Array.ConvertAll(order, i => _rootOf[i]));
        }

        private ReadOnlySpan<byte> Bytes(int index) => _ids.AsSpan(_starts[index].._starts[index + 1]);

        /// <summary>The ordinal order of the strings: that of their bytes, but for signs beyond 16 bits (first byte
        /// from F0 on), which UTF-16 puts before those from U+E000 on (first byte EE or EF).</summary>
        private static int Compare(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
        {
            var same = a.CommonPrefixLength(b);
            if (same == a.Length || same == b.Length)
                return a.Length.CompareTo(b.Length);
            return Rank(a[same]).CompareTo(Rank(b[same]));

            static int Rank(byte sign) => sign is 0xEE or 0xEF ? sign + 0x10 : sign;
        }
    }
}
