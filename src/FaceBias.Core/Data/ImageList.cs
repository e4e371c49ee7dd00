using System.Collections;
using System.Text;
using FaceBias.Primitives.Storage;

namespace FaceBias.Core.Data;

/// <summary>Images below folders, in tars or of tables, in the ordinal order of their ids. Ids lie as UTF-8 in one
/// block, and ids and paths are put together when they are asked for: of a million images that is a fifth of what their
/// strings would take.</summary>
internal sealed class ImageList : IReadOnlyList<ImageFile>
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    private readonly string[] _roots;
    private readonly int[] _prefixes;
    private readonly byte[] _ids;
    private readonly int[] _starts;
    private readonly ushort[]? _rootOf;
    private readonly (long Offset, int Length)[]? _members;

    private ImageList(string[] roots, int[] prefixes, byte[] ids, int[] starts, ushort[]? rootOf,
        (long Offset, int Length)[]? members) =>
        (_roots, _prefixes, _ids, _starts, _rootOf, _members) = (roots, prefixes, ids, starts, rootOf, members);

    public int Count => _starts.Length - 1;

    public ImageFile this[int index]
    {
        get
        {
            var id = Encoding.UTF8.GetString(Bytes(index));
            var root = _rootOf?[index] ?? 0;
            var below = id[_prefixes[root]..];
            if (_members?[index] is { Length: >= 0 } member)
                return new(id, StoredFile.InTar(_roots[root], below, member.Offset, member.Length));
            return new(id, ObjectStores.IsUrl(_roots[root]) ? $"{_roots[root]}/{below}" : Path.Join(_roots[root],
                Path.DirectorySeparatorChar == '/' || ObjectStores.IsUrl(below) ? below
                    : below.Replace('/', Path.DirectorySeparatorChar)));
        }
    }

    public IEnumerator<ImageFile> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ReadOnlySpan<byte> Bytes(int index) => _ids.AsSpan(_starts[index].._starts[index + 1]);

    /// <summary>Gathers images in any order.</summary>
    internal sealed class Builder
    {
        private readonly List<string> _roots = [], _prefixes = [];
        private readonly List<int> _starts = [0];
        private readonly List<ushort> _rootOf = [];
        private readonly List<(long Offset, int Length)> _members = [];
        private byte[] _ids = new byte[1 << 16];

        public int Count => _starts.Count - 1;

        /// <summary>Adds what paths begin with.</summary>
        /// <param name="path">A folder, a tar or a URL; empty where ids are whole paths.</param>
        /// <param name="prefix">What ids begin with where a path begins with it, its '/' not included; empty for
        /// nothing.</param>
        public int AddRoot(string path, string prefix)
        {
            if (_roots.Count > ushort.MaxValue)
                throw new FaceBiasException($"There are more than {ushort.MaxValue:N0} folders and tars; give a part.");
            _roots.Add(path);
            _prefixes.Add(prefix);
            return _roots.Count - 1;
        }

        /// <summary>Adds an image; false if its id is no Unicode text, which happens on Windows.</summary>
        /// <exception cref="FaceBiasException">The ids are more than two billion bytes.</exception>
        public bool TryAdd(int root, string id) => TryAdd(root, id, 0, -1);

        /// <summary>Adds a member of a tar, which is the root, by its place in it.</summary>
        public bool TryAdd(int root, string id, long offset, int bytes)
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
                _members.Add((offset, bytes));
                return true;
            }
            catch (EncoderFallbackException)
            {
                return false;
            }
        }

        /// <summary>The images in order.</summary>
        /// <param name="again">Takes the ids that are there twice, of which the first is kept.</param>
        public ImageList Build(Action<string> again)
        {
            int[] order = [.. Enumerable.Range(0, Count)];
            Array.Sort(order, (a, b) => Compare(Bytes(a), Bytes(b)) is var c and not 0 ? c : a.CompareTo(b));
            var (ids, starts) = (new byte[_starts[^1]], new List<int>(Count + 1) { 0 });
            var kept = new List<int>(Count);
            foreach (var row in order)
            {
                var id = Bytes(row);
                if (kept.Count > 0 && id.SequenceEqual(Bytes(kept[^1])))
                {
                    again(Encoding.UTF8.GetString(id));
                    continue;
                }
                id.CopyTo(ids.AsSpan(starts[^1]));
                starts.Add(starts[^1] + id.Length);
                kept.Add(row);
            }
            return new([.. _roots], [.. _prefixes.Select(p => p.Length == 0 ? 0 : p.Length + 1)], ids, [.. starts],
                _roots.Count == 1 ? null : [.. kept.Select(i => _rootOf[i])],
                _members.Exists(m => m.Length >= 0) ? [.. kept.Select(i => _members[i])] : null);
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
