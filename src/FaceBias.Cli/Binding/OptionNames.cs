using FaceBias.Primitives.Options;

namespace FaceBias.Cli.Binding;

/// <summary>What the properties that messages of the library name are called on the command line.</summary>
internal static class OptionNames
{
    /// <summary>The names that are not those of their properties, by record and property.</summary>
    private static readonly Dictionary<string, string> s_flags = [];
    private static readonly Lock s_gate = new();

    /// <summary>Learns the options of a command's record.</summary>
    public static void Add(Type record)
    {
        lock (s_gate)
            foreach (var option in OptionSchema.Of(record))
            {
                s_flags[$"{option.Property.DeclaringType!.Name}.{option.Property.Name}"] = option.Flag;
                s_flags.TryAdd(option.Property.Name, option.Flag);
            }
    }

    /// <summary>A sentence with --near-distance for ‹NearDistance›.</summary>
    public static string InFlags(string text) => FaceBiasException.WithOptions(text, property =>
    {
        lock (s_gate)
            return s_flags.TryGetValue(property, out var flag) ? flag
                : "--" + OptionProperty.Kebab(property.Split('.')[^1]);
    });
}
