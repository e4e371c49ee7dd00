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
                // A name of several records means the option that is called so, whichever command came first.
                if (option.Flag == Plain(option.Property.Name) || !s_flags.ContainsKey(option.Property.Name))
                    s_flags[option.Property.Name] = option.Flag;
            }
    }

    /// <summary>A sentence with --near-distance for ‹NearDistance›.</summary>
    /// <param name="record">The record whose properties a name without a record means first.</param>
    public static string InFlags(string text, Type? record = null) => FaceBiasException.WithOptions(text, property =>
    {
        lock (s_gate)
            return s_flags.TryGetValue($"{record?.Name}.{property}", out var own) ? own
                : s_flags.TryGetValue(property, out var flag) ? flag : Plain(property.Split('.')[^1]);
    });

    private static string Plain(string property) => "--" + OptionProperty.Kebab(property);
}
