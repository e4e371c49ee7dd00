using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.ExceptionServices;

namespace FaceBias.Primitives.Options;

/// <summary>The options of a record: what they are, a record of what was given, and whether its values may
/// be.</summary>
internal static class OptionSchema
{
    /// <summary>The options of a record and of the records in it, in the order of their declaration.</summary>
    public static IReadOnlyList<OptionProperty> Of(Type record) =>
        [.. Walk(record, Create(record), [], "", required: true)];

    /// <summary>A record with what was given.</summary>
    /// <param name="given">The texts of an option; null where it was not given.</param>
    /// <exception cref="FaceBiasException">A text stands for no value, or an option was given without the one that it
    /// goes with.</exception>
    public static T Read<T>(Func<OptionProperty, IReadOnlyList<string>?> given)
    {
        var options = Of(typeof(T));
        var whole = new HashSet<string>(options.Where(o => o.Path.Count == 1).Select(o => o.Flag));
        return (T)Fill(typeof(T), Create(typeof(T)), options, given, 0, whole)!;
    }

    /// <summary>Refuses a record with a value that is out of its range, or none of those allowed; all of them in one
    /// exception.</summary>
    /// <exception cref="FaceBiasException">There is one.</exception>
    public static void Check(object record)
    {
        var mistakes = new Mistakes();
        Check(record, mistakes);
        mistakes.Throw();
    }

    private static void Check(object record, Mistakes mistakes)
    {
        foreach (var property in record.GetType().GetProperties())
        {
            if (property.IsDefined(typeof(OptionsAttribute)) && property.GetValue(record) is { } inner)
                Check(inner, mistakes);
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
            {
                var value = property.GetValue(record);
                if (value is null || IsValid(rule, value))
                    continue;
                var words = rule switch
                {
                    RangeAttribute range => OptionText.Words(range),
                    AllowedValuesAttribute { Values: var values } =>
                        $"{string.Join(", ", values.SkipLast(1))} or {values[^1]}",
                    _ => throw new NotSupportedException($"{rule.GetType()} of {property.Name}"),
                };
                mistakes.Add($"‹{property.DeclaringType!.Name}.{property.Name}› must be {words}, not "
                    + $"{(value is string text ? $"'{text}'" : Convert.ToString(value, CultureInfo.InvariantCulture))}.");
            }
        }
    }

    private static bool IsValid(ValidationAttribute rule, object value) => value switch
    {
        double.NaN => false,
        // [Range] of doubles on a whole number compares as the attribute's type, in which it is exact here.
        _ => rule.IsValid(value),
    };

    private static IEnumerable<OptionProperty> Walk(Type record, object? standard, PropertyInfo[] path, string when,
        bool required)
    {
        foreach (var property in record.GetProperties().OrderBy(p => p.MetadataToken))
        {
            PropertyInfo[] inner = [.. path, property];
            var value = standard is null ? null : property.GetValue(standard);
            if (property.GetCustomAttribute<OptionAttribute>() is { } option)
            {
                yield return new(inner, option, value, when + Named(property, option.Help),
                    required && OptionProperty.IsRequired(property));
            }
            if (property.GetCustomAttribute<OptionsAttribute>() is not { } options)
                continue;
            var must = OptionProperty.IsRequired(property);
            foreach (var found in Walk(property.PropertyType, value ?? Create(property.PropertyType), inner,
                when + options.When, required && must))
            {
                var next = found.Path[inner.Length].Name;
                if ((options.Only?.Contains(next) ?? true) && !options.Except.Contains(next))
                    yield return found;
            }
        }
    }

    /// <summary>A sentence with the names that the static property NAMENames gives in place of {0}.</summary>
    private static string Named(PropertyInfo property, string help) => help.Contains("{0}", StringComparison.Ordinal)
        && property.DeclaringType!.GetProperty(property.Name + "Names",
            BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public) is { } names
            ? help.Replace("{0}", string.Join(", ", (IEnumerable<string>)names.GetValue(null)!),
                StringComparison.Ordinal) : help;

    /// <summary>Sets the options below a record; null where the record is only made with an option that was not
    /// given.</summary>
    private static object? Fill(Type type, object record, IReadOnlyList<OptionProperty> options,
        Func<OptionProperty, IReadOnlyList<string>?> given,
        int depth, HashSet<string> whole)
    {
        foreach (var group in options.GroupBy(o => o.Path[depth]))
        {
            var property = group.Key;
            if (group.First() is { } own && own.Path.Count == depth + 1)
            {
                if (given(own) is { } texts)
                    Set(property, record, own.Read(texts));
                continue;
            }
            OptionProperty[] inner = [.. group];
            var value = property.GetValue(record);
            if (value is null && !OptionProperty.IsRequired(property) && Key(property, inner, depth) is { } key)
            {
                if (given(key) is not { } texts)
                {
                    // An option that another record has too is not this one's alone.
                    if (inner.FirstOrDefault(
                        o => given(o) is not null && !options.Any(x => x.Flag == o.Flag && x.Path[depth] != property)
                            && !whole.Contains(o.Flag)) is { } alone)
                        throw new FaceBiasException($"{alone.Mark} goes with {key.Mark}; give it too.");
                    continue;
                }
                if (key.Read(texts) is null)
                    continue;
                if (inner.FirstOrDefault(o => o.Path.Skip(depth + 1).All(OptionProperty.IsRequired) && given(o) is null)
                    is { } lacking)
                    throw new FaceBiasException($"{key.Mark} needs {lacking.Mark}; give it too.");
            }
            Set(property, record,
                Fill(property.PropertyType, value ?? Create(property.PropertyType), inner, given, depth + 1, whole));
        }
        return record;
    }

    private static OptionProperty? Key(PropertyInfo property, OptionProperty[] inner, int depth)
    {
        var name = property.GetCustomAttribute<OptionsAttribute>()!.Key;
        return Array.Find(inner,
            o => o.Path.Count == depth + 2 && (name is null ? o.Attribute.Key : o.Property.Name == name));
    }

    private static void Set(PropertyInfo property, object record, object? value)
    {
        try
        {
            property.SetValue(record, value);
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            ExceptionDispatchInfo.Throw(inner);
        }
    }

    private static object Create(Type type) => Activator.CreateInstance(type, nonPublic: true)!;
}
