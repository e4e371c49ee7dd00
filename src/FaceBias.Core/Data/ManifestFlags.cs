using System.Text;
using FaceBias.Primitives.Tables;
using FaceBias.Primitives.Options;

namespace FaceBias.Core.Data;

/// <summary>What curation found about an image; in the manifest one column each, in snake case.</summary>
[Flags]
public enum ManifestFlags
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>It cannot be decoded; <see cref="Manifest.Problem"/> says why.</summary>
    Unreadable = 1,
    /// <summary>The same bytes as another image that comes before it.</summary>
    ExactCopy = 2,
    /// <summary>Exact copies of it carry other labels.</summary>
    LabelConflict = 4,
    /// <summary>It looks nearly like another image.</summary>
    NearDuplicate = 8,
    /// <summary>Its name ends in the extension of another format.</summary>
    WrongExtension = 0x10,
    /// <summary>Even its light parts are dark.</summary>
    Dark = 0x20,
    /// <summary>Even its dark parts are light.</summary>
    Bright = 0x40,
    /// <summary>It lacks fine detail for its size.</summary>
    Blurred = 0x80,
    /// <summary>It has few different greys.</summary>
    LowInformation = 0x100,
    /// <summary>It has no colour.</summary>
    Grey = 0x200,
    /// <summary>It is much longer than wide, or wider than long.</summary>
    OddAspect = 0x400,
    /// <summary>Bars of one colour take up much of it.</summary>
    Padded = 0x800,
    /// <summary>No face was found in it.</summary>
    NotFace = 0x1000,
    /// <summary>A model that never saw it expects another label.</summary>
    SuspiciousLabel = 0x2000,
    /// <summary>It, or nearly the same image, is also in another split.</summary>
    Leak = 0x4000,
    /// <summary>The same person, as far as features tell, is also in another split.</summary>
    PersonLeak = 0x8000,
}

/// <summary>Names of flags as users see them.</summary>
internal static class ManifestFlagNames
{
    /// <summary>Every single flag.</summary>
    public static IReadOnlyList<ManifestFlags> All
        { get; } = [.. Enum.GetValues<ManifestFlags>().Where(f => f != ManifestFlags.None)];

    /// <summary>The column of a single flag: <c>near_duplicate</c>.</summary>
    public static string Column(this ManifestFlags flag)
    {
        var text = new StringBuilder();
        foreach (var c in flag.ToString())
        {
            if (char.IsUpper(c) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }

    /// <summary>The columns of all flags that are set, in their order.</summary>
    public static IEnumerable<string> Columns(this ManifestFlags flags) =>
        All.Where(f => flags.HasFlag(f)).Select(Column);

    /// <summary>Flags from their names, by commas or one by one.</summary>
    /// <exception cref="FaceBiasException">A name is none of those; the sentence lists them.</exception>
    public static ManifestFlags Parse(IEnumerable<string> names)
    {
        var flags = ManifestFlags.None;
        foreach (var name in OptionText.Split(names))
        {
            var found = All.FirstOrDefault(f => f.Column() == name.Replace('-', '_'));
            flags |= found != ManifestFlags.None ? found : throw new FaceBiasException(
                $"‹Drop› names '{name}', which curation does not look for; it looks for "
                    + $"{string.Join(", ", All.Select(Column))}.");
        }
        return flags;
    }
}
