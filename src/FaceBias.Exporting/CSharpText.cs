using System.Text;

namespace FaceBias.Exporting;

/// <summary>Names and texts of a model as C# source.</summary>
internal static class CSharpText
{
    /// <summary>A text as a literal with its quotes.</summary>
    public static string Literal(string text)
    {
        var source = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c is '"' or '\\')
                source.Append('\\').Append(c);
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' or '\u0085')
                source.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                source.Append(c);
        }
        return source.Append('"').ToString();
    }

    /// <summary>Literals with commas between.</summary>
    public static string Literals(IEnumerable<string> texts) => string.Join(", ", texts.Select(Literal));

    /// <summary>A name as a property: "skin tone" becomes SkinTone. No two of <paramref name="taken"/> are the
    /// same.</summary>
    public static string Property(string name, ISet<string> taken)
    {
        var words = new StringBuilder();
        var start = true;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c))
                start = true;
            else
            {
                words.Append(start ? char.ToUpperInvariant(c) : c);
                start = false;
            }
        }
        if (words.Length == 0 || char.IsDigit(words[0]))
            words.Insert(0, "Target");
        var property = words.ToString();
        for (var n = 2; !taken.Add(property); n++)
            property = $"{words}{n}";
        return property;
    }

    /// <summary>A text within a documentation comment, on one line.</summary>
    public static string Comment(string text) => text.ReplaceLineEndings(" ")
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    /// <summary>Refuses what cannot be the name of a namespace and a class.</summary>
    /// <exception cref="FaceBiasException">It cannot.</exception>
    public static void CheckName(string name)
    {
        if (name.Length is 0 or > 64 || !char.IsAsciiLetterUpper(name[0]) || !name.All(char.IsAsciiLetterOrDigit))
            throw new FaceBiasException(
                $"‹Name› '{name}' is no name for a class; give letters and digits that begin with a capital, such as "
                    + "FaceModel.");
    }
}
