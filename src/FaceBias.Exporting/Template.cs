using System.Collections.Frozen;
using System.Reflection;
using System.Text.RegularExpressions;

namespace FaceBias.Exporting;

/// <summary>A text of this assembly with <c>{{names}}</c> to be filled in.</summary>
internal static partial class Template
{
    private static readonly Assembly s_assembly = typeof(Template).Assembly;

    // The versions that this build was made with: what is exported restores where this did.
    private static readonly FrozenDictionary<string, string> s_packages = s_assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Where(a => a.Key.StartsWith("package:", StringComparison.Ordinal)).ToFrozenDictionary(a => a.Key, a => a.Value!);

    /// <summary>Reads a template and fills it in. A name that is not given and is no package is a mistake of the caller.</summary>
    public static string Fill(string template, IReadOnlyDictionary<string, string> values)
    {
        using var stream = s_assembly.GetManifestResourceStream($"export/{template}")
            ?? throw new InvalidOperationException($"There is no template '{template}'.");
        using var reader = new StreamReader(stream);
        return Placeholder().Replace(reader.ReadToEnd().ReplaceLineEndings("\n"), match =>
        {
            var name = match.Groups[1].Value;
            return values.TryGetValue(name, out var value) || s_packages.TryGetValue(name, out value) ? value
                : throw new InvalidOperationException($"Template '{template}' asks for '{name}', which is not given.");
        });
    }

    [GeneratedRegex(@"\{\{([\w:.]+)\}\}")]
    private static partial Regex Placeholder();
}
