using System.Reflection;
using PublicApiGenerator;

namespace FaceBias.Tests;

/// <summary>What the packages promise: the public API of each assembly, held against the text <c>PublicAPI.txt</c>
/// beside its project. A change of it shows in a review as a change of that file; FACEBIAS_ACCEPT_API=1 writes
/// it.</summary>
internal static class PublicApi
{
    private static ApiGeneratorOptions Options(Assembly assembly) => new()
    {
        IncludeAssemblyAttributes = false,
        // Without the messages that are generated from onnx.proto.
        IncludeTypes = [.. assembly.GetExportedTypes().Where(
            t => t.GetInterface("Google.Protobuf.IMessage") is null && t.Name != "OnnxReflection")],
        AllowNamespacePrefixes = ["Microsoft.ML", "Microsoft.Extensions.DependencyInjection"],
        ExcludeAttributes = ["FaceBias.OptionAttribute", "FaceBias.OptionsAttribute", "FaceBias.OptionValueAttribute",
            "System.ComponentModel.DataAnnotations.RangeAttribute",
            "System.ComponentModel.DataAnnotations.AllowedValuesAttribute",
            "System.Text.Json.Serialization.JsonIgnoreAttribute",
            "System.Text.Json.Serialization.JsonConverterAttribute",
            "System.Text.Json.Serialization.JsonPropertyNameAttribute",
            "System.Runtime.CompilerServices.CompilerGeneratedAttribute"],
    };

    /// <summary>The sentence to fail with, or null where the API is as accepted.</summary>
    public static string? Difference(string assembly)
    {
        var code = Assembly.Load(assembly);
        var found = code.GeneratePublicApi(Options(code)).ReplaceLineEndings("\n") + "\n";
        var path = Path.Combine(TestPaths.Repository, "src", assembly, "PublicAPI.txt");
        if (Environment.GetEnvironmentVariable("FACEBIAS_ACCEPT_API") == "1")
            File.WriteAllText(path, found);
        var accepted = File.Exists(path) ? File.ReadAllText(path) : "";
        if (accepted == found)
            return null;
        var (now, before) = (found.Split('\n'), accepted.Split('\n'));
        return $"The public API of {assembly} changed; if that is meant, run this test with FACEBIAS_ACCEPT_API=1.\n"
            + string.Join('\n', now.Except(before).Select(l => $"+ {l.Trim()}")
                .Concat(before.Except(now).Select(l => $"- {l.Trim()}")));
    }
}
