namespace FaceBias.Primitives.Tables;

/// <summary>What the name of a column says about its values.</summary>
internal static class Quantity
{
    private static readonly HashSet<string> s_quantities = new(StringComparer.OrdinalIgnoreCase)
    {
        "age", "ages", "year", "years", "height", "weight", "wage", "wages", "income", "salary", "price", "cost",
        "amount", "temperature", "bmi",
        "duration", "minutes", "hours", "days", "months", "length", "width", "distance", "pressure", "angle", "yaw",
        "pitch", "roll", "kg", "cm", "mm", "usd", "eur",
    };

    private static readonly HashSet<string> s_names = new(StringComparer.OrdinalIgnoreCase)
    {
        "race", "ethnicity", "ethnic", "gender", "sex", "religion", "nationality", "country", "region", "state", "site",
        "camera", "scanner", "device",
        "hospital", "clinic", "city", "zip", "zipcode", "postcode", "class", "category", "cluster", "group", "type",
        "code",
    };

    /// <summary>Whether one of the name's words is that of something measured: age, wage, height, ... "passage" is
    /// none.</summary>
    public static bool IsQuantity(string name) => Words(name).Any(s_quantities.Contains);

    /// <summary>Whether one of its words says that numbers are codes without an order: race, site, ...</summary>
    internal static bool IsNominal(string name) => Words(name).Any(s_names.Contains);

    /// <summary>The unit that a name stands for: years for an age; null where it is not known.</summary>
    public static string? UnitOf(string name) => Words(name).Any(w => w is "age" or "ages" or "years") ? "years" : null;

    /// <summary>A name in its words, small: "ageYears", "age_years" and "Age (years)" have the same two.</summary>
    internal static IEnumerable<string> Words(string name)
    {
        var start = 0;
        for (var i = 0; i <= name.Length; i++)
        {
            var ends = i == name.Length || !char.IsLetter(name[i])
                || (i > start && char.IsUpper(name[i]) && char.IsLower(name[i - 1]));
            if (!ends)
                continue;
            if (i > start)
                yield return name[start..i].ToLowerInvariant();
            start = i == name.Length || char.IsLetter(name[i]) ? i : i + 1;
        }
    }
}
