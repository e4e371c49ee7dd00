using System.Collections.Frozen;
using System.Reflection;
using System.Text.RegularExpressions;

namespace FaceBias.Exporting;

/// <summary>A text of this assembly with <c>{{names}}</c> to be filled in.</summary>
internal static partial class Template
{
    private static readonly Assembly s_assembly = typeof(Template).Assembly;

    // The versions that this build was made with: what is exported restores where this did.
    private static readonly FrozenDictionary<string, string> s_packages =
        s_assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Where(a => a.Key.StartsWith("package:", StringComparison.Ordinal)).ToFrozenDictionary(a => a.Key,
            a => a.Value!);

    /// <summary>Reads a template and fills it in. A name that is not given and is no package is a mistake of the
    /// caller.</summary>
    public static string Fill(string template, IReadOnlyDictionary<string, string> values) =>
        Placeholder().Replace(Read(template), match =>
    {
        var name = match.Groups[1].Value;
        return values.TryGetValue(name, out var value) || s_packages.TryGetValue(name, out value) ? value
            : throw new InvalidOperationException($"Template '{template}' asks for '{name}', which is not given.");
    });

    /// <summary>The version of a package that exported projects name.</summary>
    public static string PackageVersion(string package) => s_packages[$"package:{package}"];

    /// <summary>The files that prepare pictures: a class <c>Picture</c>, and the engine's own checks that a file is
    /// whole.</summary>
    /// <param name="values">What templates may ask for.</param>
    public static IEnumerable<(string File, string Text)> Picture(string space,
        IReadOnlyDictionary<string, string> values)
    {
        yield return ("Picture.cs",
            Fill("DotNet/Picture.cs", new Dictionary<string, string>(values) { ["name"] = space }));
        foreach (var file in new[] { "TiffStructure.cs", "PictureEnd.cs", "GifFrames.cs" })
        {
            var source = string.Join('\n',
                Read($"Core/{file}").Split('\n').Where(l => !l.StartsWith("using FaceBias", StringComparison.Ordinal)));
            yield return (file,
                $"// Written by facebias {values["version"]}: part of its decoder.\n#nullable enable annotations\n"
                    + "using System;\nusing System.Collections.Generic;\n"
                + source.Replace("namespace FaceBias.Core.Imaging;", $"namespace {space};", StringComparison.Ordinal));
        }
    }

    private static string Read(string template)
    {
        using var stream = s_assembly.GetManifestResourceStream($"export/{template}")
            ?? throw new InvalidOperationException($"There is no template '{template}'.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\{\{([\w:.]+)\}\}")]
    private static partial Regex Placeholder();
}
