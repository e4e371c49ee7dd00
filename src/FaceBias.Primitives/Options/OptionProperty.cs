using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace FaceBias.Primitives.Options;

/// <summary>An option as its property describes it.</summary>
/// <param name="Path">The properties that lead to it from the outer record.</param>
/// <param name="Default">Its value where it is not given.</param>
/// <param name="Help">Its sentence, with what the outer record says about when it matters.</param>
/// <param name="Required">Whether there is no value without it.</param>
internal sealed record OptionProperty(IReadOnlyList<PropertyInfo> Path, OptionAttribute Attribute, object? Default,
    string Help, bool Required)
{
    /// <summary>The property itself.</summary>
    public PropertyInfo Property => Path[^1];

    /// <summary>The name on a command line.</summary>
    public string Flag => "--" + (Attribute.Name ?? Kebab(Property.Name));

    /// <summary>The type of its values; of one that may be null, without it.</summary>
    public Type Type => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    /// <summary>Whether it is given or not, without a value.</summary>
    public bool IsSwitch => Type == typeof(bool);

    /// <summary>Whether it takes several values.</summary>
    public bool IsMany => Parser is { } parser ? parser.GetParameters()[0].ParameterType != typeof(string)
        : Element is not null;

    /// <summary>Its range; null for any.</summary>
    public RangeAttribute? Range => Property.GetCustomAttribute<RangeAttribute>();

    /// <summary>The type of a list's elements; null for no list.</summary>
    private Type? Element => Type != typeof(string) && Type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(Type)
        ? Type.GetGenericArguments()[0] : null;

    /// <summary>What makes a value of a text, where the type does not.</summary>
    public MethodInfo? Parser =>
        Property.DeclaringType!.GetMethod("Parse" + Property.Name,
            BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);

    /// <summary>The words that it takes; empty for any.</summary>
    public IReadOnlyList<string> Values
    {
        get
        {
            if (Property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed)
                return [.. allowed.Values.OfType<string>()];
            var words = Element ?? Type;
            return Parser is null && words.IsEnum ? [.. Enum.GetNames(words).Select(n => Word(words, n))] : [];
        }
    }

    /// <summary>The value that <see cref="Default"/> is in help; null for none.</summary>
    public string? DefaultText => Attribute.Default ?? Default switch
    {
        null or "" or bool or IEnumerable and not string => null,
        Enum value => Enum.IsDefined(Type, value) && !Type.IsDefined(typeof(FlagsAttribute))
            ? Word(Type, value.ToString()) : null,
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        var value => value.ToString(),
    };

    /// <summary>The value that texts stand for.</summary>
    /// <exception cref="FaceBiasException">They stand for none.</exception>
    public object? Read(IReadOnlyList<string> texts)
    {
        if (IsSwitch)
            return Default is not true;
        if (texts.Count == 0 && Attribute.Alone is { } alone)
            texts = [alone];
        if (Parser is { } parser)
            return Invoke(parser, IsMany ? texts : texts[0]);
        if (Element is not { } element)
            return One(Type, texts[^1]);
        string[] parts =
            [.. Attribute.Whole || element != typeof(string) && !element.IsEnum ? texts : OptionText.Split(texts)];
        var array = Array.CreateInstance(element, parts.Length);
        for (var i = 0; i < parts.Length; i++)
            array.SetValue(One(element, parts[i]), i);
        return array;
    }

    private static object? Invoke(MethodInfo method, object argument)
    {
        try
        {
            return method.Invoke(null, [argument]);
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }

    private object? One(Type type, string text)
    {
        if (type == typeof(string))
            return text;
        if (type.IsEnum)
            return Choice(type, text);
        if (Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal)
            return Number(type, text);
        return type.GetMethod("Parse", [typeof(string)]) is { } parse ? Invoke(parse, text)
            : throw new InvalidOperationException(
                $"{Mark} is of type {type}, which has no Parse(string); give the record a static method "
                    + $"Parse{Property.Name}.");
    }

    private object Choice(Type type, string text)
    {
        var plain = text.Replace("-", "", StringComparison.Ordinal);
        foreach (var name in Enum.GetNames(type))
            if (text == Word(type, name) || name.Equals(plain, StringComparison.OrdinalIgnoreCase))
                return Enum.Parse(type, name);
        throw Wrong($"must be {string.Join(", ", Values.SkipLast(1))}{(Values.Count > 1 ? " or " : "")}{Values[^1]}, "
            + $"not '{text}'");
    }

    /// <summary>With a decimal point and nothing between thousands.</summary>
    private object Number(Type type, string text)
    {
        var whole = type != typeof(double) && type != typeof(float);
        try
        {
            if (whole)
            {
                var integer = Int128.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
                return type == typeof(int) ? checked((int)integer)
                    : type == typeof(ulong) ? checked((ulong)integer) : (object)checked((long)integer);
            }
            var number = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
            return type == typeof(double) ? number : (float)number;
        }
        catch (FormatException)
        {
            throw Wrong(text.Contains(',', StringComparison.Ordinal)
                ? $"'{text}' is no number; write it with a decimal point and nothing between thousands, such as 0.5 or 1000"
                : $"'{text}' is no {(whole ? "whole " : "")}number");
        }
        catch (OverflowException)
        {
            throw Wrong(Range is null
                ? $"'{text}' is {(text.StartsWith('-') && type == typeof(ulong) ? "below 0" : "too large a number")}"
                : $"must be {OptionText.Words(Range)}, not {text}");
        }
    }

    /// <summary>The property in a sentence.</summary>
    public string Mark => $"‹{Property.DeclaringType!.Name}.{Property.Name}›";

    private FaceBiasException Wrong(string what) => new($"{Mark} {what}.");

    private static string Word(Type type, string name) =>
        type.GetField(name)!.GetCustomAttribute<OptionValueAttribute>()?.Name ?? Kebab(name);

    /// <summary>near-distance for NearDistance.</summary>
    internal static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    /// <summary>Whether a property has to be set.</summary>
    internal static bool IsRequired(PropertyInfo property) => property.IsDefined(typeof(RequiredMemberAttribute));
}
