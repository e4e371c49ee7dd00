using System.Text.Json;
using System.Text.Json.Nodes;

namespace FaceBias.Core.Search.Spaces;

/// <summary>Reads a space from JSON; <c>docs/reference/sweep-space.schema.json</c> is its schema. Every mistake is a
/// sentence that names the field.</summary>
internal static class SpaceFile
{
    // Names of earlier versions.
    private static readonly Dictionary<string, string> s_renamed =
        new() { ["backbone-share"] = "backbone-lr-multiplier" };

    /// <param name="known">The parameters there are; their order is that of the space, and what the file leaves out
    /// keeps its default.</param>
    /// <exception cref="FaceBiasException">It is missing, no JSON, or names or limits make no sense.</exception>
    public static SearchSpace Read(string path, IReadOnlyList<Parameter> known)
    {
        try
        {
            return Parse(File.ReadAllText(path), path, known);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read the space '{path}'", e);
        }
    }

    /// <summary>Reads a text.</summary>
    public static SearchSpace Parse(string json, string path, IReadOnlyList<Parameter> known)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(json,
                documentOptions: new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            // Repeated names are found only when an object is looked into.
            _ = (root as JsonObject)?.ToList().Select(
                p => (p.Value as JsonObject)?.ToList().Select(q => (q.Value as JsonObject)?.Count).ToList()).ToList();
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new FaceBiasException($"'{path}' is no JSON: {e.Message.Split(" Path:")[0].TrimEnd('.')}.", e);
        }
        if (root is not JsonObject file || file["parameters"] is not JsonObject { Count: > 0 } parameters)
            throw new FaceBiasException(
                $"'{path}' must be an object with a field 'parameters' that holds at least one parameter, such as {{\"parameters\": {{\"dropout\": {{\"low\": 0, \"high\": 0.5}}}}}}.");
        if (file.Select(p => p.Key).FirstOrDefault(k => k is not ("parameters" or "$schema")) is { } extra)
            throw new FaceBiasException($"'{path}' has the field '{extra}'; only 'parameters' belongs there.");
        if (parameters.Select(p => p.Key).FirstOrDefault(k => known.All(p => p.Name != k)) is { } unknown)
            throw new FaceBiasException($"'{path}': parameters.{unknown} is no parameter; {Closest(unknown, known)}");
        var read = new List<Parameter>();
        foreach (var standard in known)
            if (parameters.ContainsKey(standard.Name))
                read.Add(Resolve(Read(path, standard, parameters[standard.Name]), read, known, path));
        return new(read);
    }

    private static Parameter Read(string path, Parameter standard, JsonNode? node)
    {
        var field = $"'{path}': parameters.{standard.Name}";
        if (node is JsonValue single)
            return Choices(field, standard, [single]);
        if (node is not JsonObject entry)
            throw new FaceBiasException(
                $"{field} must be a value, or an object with 'low' and 'high' or with 'choices'.");
        if (entry.Select(p => p.Key).FirstOrDefault(k => k is not ("low" or "high" or "scale" or "choices")) is
            { } extra)
            throw new FaceBiasException(
                $"{field}.{extra} is no field; a parameter has 'low', 'high' and 'scale', or 'choices'.");
        if (entry.ContainsKey("choices"))
        {
            if (entry.Count > 1)
                throw new FaceBiasException($"{field} has 'choices' and limits; give one or the other.");
            return entry["choices"] is JsonArray { Count: > 0 } list ? Choices(field + ".choices", standard, [.. list])
                : throw new FaceBiasException($"{field}.choices must be a list of at least one value.");
        }
        if (standard is not NumberParameter n)
            throw new FaceBiasException(
                $"{field} is a choice; give it 'choices' of {Listed(((ChoiceParameter)standard).Choices)}.");
        double low = Limit(field, "low", entry, n), high = Limit(field, "high", entry, n);
        if (!(low < high))
            throw new FaceBiasException(
                FormattableString.Invariant(
                    $"{field}.low ({low}) must be below its high ({high}); for one value write it alone."));
        var scale = entry.ContainsKey("scale") ? (entry["scale"] as JsonValue)?.ToString() : n.Log ? "log" : "linear";
        if (scale is not ("log" or "linear"))
            throw new FaceBiasException(
                $"{field}.scale must be 'log' or 'linear', not {entry["scale"]?.ToJsonString() ?? "null"}.");
        if (scale == "log" && low <= 0)
            throw new FaceBiasException(
                FormattableString.Invariant(
                    $"{field}.low must be above 0 on a logarithmic scale, not {low}; or give \"scale\": \"linear\"."));
        return n with
        {
            Low = low, High = high, Log = scale == "log", Default = Math.Clamp(n.Default, low, high),
            Cheapest = n.Cheapest is { } cheap ? Math.Clamp(cheap, low, high) : null,
        };
    }

    private static double Limit(string field, string name, JsonObject entry, NumberParameter n)
    {
        if (entry[name] is not JsonValue value || value.GetValueKind() != JsonValueKind.Number
            || !value.TryGetValue<double>(out var number) || !double.IsFinite(number))
            throw new FaceBiasException(
                $"{field}.{name} must be a number{(entry.ContainsKey(name) ? $", not {entry[name]?.ToJsonString() ?? "null"}" : "; it is missing")}.");
        if (n.Integer && number != Math.Floor(number))
            throw new FaceBiasException(
                FormattableString.Invariant($"{field}.{name} must be a whole number, not {number}."));
        return Bounded($"{field}.{name}", n, number);
    }

    private static double Bounded(string field, NumberParameter n, double number) =>
        number < n.Min ? throw new FaceBiasException(
            FormattableString.Invariant($"{field} must be at least {n.Min:G6}, not {number}."))
        : number > n.Max
            ? throw new FaceBiasException(
                FormattableString.Invariant($"{field} must be at most {n.Max:G6}, not {number}."))
        : number;

    private static ChoiceParameter Choices(string field, Parameter standard, IReadOnlyList<JsonNode?> list)
    {
        var choices = new List<string>();
        foreach (var item in list)
        {
            if (item is not JsonValue value
                || value.GetValueKind()
                    is not (JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False))
                throw new FaceBiasException(
                    $"{field} holds {item?.ToJsonString() ?? "null"}, which is no text, number or truth value.");
            var text = value.GetValueKind() switch
            {
                JsonValueKind.Number => value.GetValue<double>().ToString("R", CultureInfo.InvariantCulture),
                JsonValueKind.String => value.GetValue<string>(),
                var kind => kind == JsonValueKind.True ? "true" : "false",
            };
            if (standard is ChoiceParameter c && !c.Choices.Contains(text))
                throw new FaceBiasException($"{field} holds '{text}'; it must be one of {Listed(c.Choices)}.");
            if (standard is NumberParameter n
                && !(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && double.IsFinite(number) && (!n.Integer || number == Math.Floor(number))))
                throw new FaceBiasException(
                    $"{field} holds '{text}', which is no {(n.Integer ? "whole " : "")}number.");
            if (standard is NumberParameter bounded)
                Bounded(field, bounded, double.Parse(text, CultureInfo.InvariantCulture));
            if (choices.Contains(text))
                throw new FaceBiasException($"{field} holds '{text}' twice.");
            choices.Add(text);
        }
        double Nearest(double value) => standard is ChoiceParameter c
            ? Math.Max(0, choices.IndexOf(c.Choices[(int)value]))
            : choices.IndexOf(choices.MinBy(x => Math.Abs(double.Parse(x, CultureInfo.InvariantCulture) - value))!);
        return new(standard.Name, choices)
        {
            When = standard.When, Default = Nearest(standard.Default),
            Cheapest = standard.Cheapest is { } cheap ? Nearest(cheap) : null,
        };
    }

    /// <summary>Conditions in terms of the file's choices; a parent that the file leaves out is at its
    /// default.</summary>
    private static Parameter Resolve(Parameter parameter, List<Parameter> read, IReadOnlyList<Parameter> known,
        string path)
    {
        var when = new List<Condition>();
        foreach (var condition in parameter.When)
        {
            var standard = (ChoiceParameter)known.First(p => p.Name == condition.Parent);
            var names = condition.Choices.Select(c => standard.Choices[c]).ToList();
            if (read.Find(p => p.Name == condition.Parent) is ChoiceParameter parent)
                when.Add(new(parent.Name,
                    [.. names.Select(n => parent.Choices.ToList().IndexOf(n)).Where(i => i >= 0)]));
            else if (!condition.Choices.Contains((int)standard.Default))
                when.Add(new(condition.Parent, []));
            if (when.Any(w => w.Choices.Count == 0))
                throw new FaceBiasException(
                    $"'{path}': parameters.{parameter.Name} means nothing without {condition.Parent} {Listed(names, " or ")}; add it to parameters.{condition.Parent}.");
        }
        return parameter with { When = when };
    }

    /// <summary>Choices in a sentence: all, or the ends of a long row.</summary>
    private static string Listed(IReadOnlyList<string> choices, string between = ", ") =>
        string.Join(between, choices.Count <= 20 ? choices : [.. choices.Take(3), "...", .. choices.TakeLast(2)]);

    private static string Closest(string name, IReadOnlyList<Parameter> known)
    {
        if (s_renamed.TryGetValue(name, out var current) && known.Any(p => p.Name == current))
            return $"it is now '{current}'.";
        var near = known.MinBy(p => Distance(p.Name, name))!;
        return Distance(near.Name, name) <= 3
            ? $"did you mean '{near.Name}'?" : $"there are {string.Join(", ", known.Select(p => p.Name))}.";
    }

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 0; i < a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 0; j < b.Length; j++)
                (diagonal, row[j + 1]) =
                    (row[j + 1], Math.Min(Math.Min(row[j], row[j + 1]) + 1, diagonal + (a[i] == b[j] ? 0 : 1)));
        }
        return row[^1];
    }
}
