using System.CommandLine.Parsing;
using System.Reflection;
using System.Runtime.CompilerServices;
using FaceBias.Primitives.Options;

namespace FaceBias.Cli.Binding;

/// <summary>The options of a record as those of a command.</summary>
/// <typeparam name="T">The record.</typeparam>
internal sealed class OptionBinder<T> where T : class
{
    private readonly Dictionary<string, Option> _options = [];

    /// <summary>Adds the options to a command.</summary>
    public OptionBinder(Command command)
    {
        foreach (var property in OptionSchema.Of(typeof(T)).GroupBy(p => p.Flag))
        {
            // One name in two records is one option that both get.
            var option = BoundOption.Create([.. property]);
            _options.Add(property.Key, option);
            command.Options.Add(option);
        }
    }

    /// <summary>The record that a command line describes.</summary>
    public T Read(ParseResult parsed) => OptionSchema.Read<T>(property =>
        parsed.GetResult(_options[property.Flag]) is { Implicit: false } result
            ? [.. result.Tokens.Select(t => t.Value)] : null);

    /// <summary>What was typed: options without dashes, with true, a text, or texts.</summary>
    public IReadOnlyDictionary<string, object> Typed(ParseResult parsed) => _options
        .Select(o => (Name: o.Key[2..], Result: parsed.GetResult(o.Value)))
        .Where(o => o.Result is { Implicit: false })
        .ToDictionary(o => o.Name, o => o.Result!.Tokens is var tokens && tokens.Count > 1
            ? (object)tokens.Select(t => t.Value).ToArray() : tokens.Count == 1 ? tokens[0].Value : true);
}

/// <summary>Options of the command line that come from properties.</summary>
internal static class BoundOption
{
    private static readonly ConditionalWeakTable<Option, OptionProperty[]> s_properties = [];

    /// <summary>The property of an option, the first one where several records have it; null for one without.</summary>
    public static OptionProperty? Property(Option option) =>
        s_properties.TryGetValue(option, out var properties) ? properties[0] : null;

    /// <summary>Whether several records have the option, so that what is said of one of them does not bind
    /// it.</summary>
    public static bool IsShared(Option option) => s_properties.TryGetValue(option, out var all) && all.Length > 1;

    /// <summary>Makes the option of the properties of one name.</summary>
    public static Option Create(OptionProperty[] properties)
    {
        var property = properties[0];
        var make = typeof(BoundOption).GetMethod(nameof(Make), BindingFlags.Static | BindingFlags.NonPublic)!;
        var option = (Option)make.MakeGenericMethod(property.IsSwitch ? typeof(bool) : property.Property.PropertyType)
            .Invoke(null, [property])!;
        s_properties.Add(option, properties);
        return option;
    }

    private static Option<T> Make<T>(OptionProperty property)
    {
        var option = new Option<T>(property.Flag)
        {
            Description = OptionNames.InFlags(property.Help, property.Property.DeclaringType),
            Required = property.Required,
            HelpName = property.Attribute.ValueName
                ?? (property.Values.Count > 0 ? string.Join('|', property.Values) : null),
        };
        if (property.IsSwitch)
            return option;
        option.AllowMultipleArgumentsPerToken = property.IsMany;
        option.Arity = (property.IsMany, property.Attribute.Alone) switch
        {
            (true, _) => ArgumentArity.OneOrMore,
            (_, not null) => ArgumentArity.ZeroOrOne,
            _ => ArgumentArity.ExactlyOne,
        };
        option.CustomParser = result => Parse<T>(property, result);
        if (property.Values.Count > 0)
        {
            option.CompletionSources.Clear();
            option.CompletionSources.Add([.. property.Values]);
        }
        return option;
    }

    private static T? Parse<T>(OptionProperty property, ArgumentResult result)
    {
        try
        {
            return (T?)property.Read([.. result.Tokens.Select(t => t.Value)]);
        }
        catch (FaceBiasException e)
        {
            result.AddError(OptionNames.InFlags(e.Text));
            return default;
        }
    }
}
