using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>Predictions made by code: gender with probabilities, age, and a planted failure.</summary>
internal static class PredictionFixture
{
    public static readonly string[] Races = ["White", "Black", "Asian", "Indian", "Other"];

    /// <summary>Gender is right for 95 of 100, but for <paramref name="weakRate"/> where race is Black; age errors are
    /// twice as wide under 10.</summary>
    public static Table Faces(int rows, int seed = 1, double weakRate = 0.8)
    {
        var random = new Random(seed);
        string[] id = new string[rows], gender = new string[rows], truth = new string[rows], race = new string[rows];
        double[] male = new double[rows], female = new double[rows], age = new double[rows], ageTrue = new double[rows];
        for (var i = 0; i < rows; i++)
        {
            id[i] = $"face{i:00000}.jpg";
            race[i] = Races[random.NextDouble() switch { < .45 => 0, < .65 => 1, < .8 => 2, < .95 => 3, _ => 4 }];
            truth[i] = random.Next(2) == 0 ? "male" : "female";
            var right = random.NextDouble() < (race[i] == "Black" ? weakRate : 0.95);
            gender[i] = right == (truth[i] == "male") ? "male" : "female";
            var p = Math.Round(0.5 + (0.5 * random.NextDouble()), 4);
            male[i] = gender[i] == "male" ? p : 1 - p;
            female[i] = 1 - male[i];
            ageTrue[i] = random.Next(0, 90);
            age[i] = Math.Max(0, ageTrue[i] + ((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5)
                * (ageTrue[i] < 10 ? 20 : 10)));
        }
        return new Table([
            new TextColumn("id", id), new TextColumn("gender", gender), new NumberColumn("gender_p_male", male),
            new NumberColumn("gender_p_female", female), new TextColumn("gender_true", truth),
            new NumberColumn("age", age), new NumberColumn("age_true", ageTrue), new TextColumn("race_true", race)]);
    }

    /// <summary>The same rows in another order, or some of them, or some twice.</summary>
    public static Table Rows(Table table, int[] rows, bool freshIds = false) =>
        new(table.Columns.Select(c => (Column)(c switch
    {
        NumberColumn n => new NumberColumn(n.Name, [.. rows.Select(r => n[r])]),
        TextColumn { Name: "id" } when freshIds => new TextColumn("id", [.. rows.Select((_, i) => (string?)$"row{i}")]),
        TextColumn t => new TextColumn(t.Name, [.. rows.Select(r => t[r])]),
        _ => throw new InvalidOperationException(),
    })));

    public static Table With(Table table, params Column[] columns) =>
        new(table.Columns.Where(c => columns.All(x => x.Name != c.Name)).Concat(columns));

    public static Table Without(Table table, params string[] names) =>
        new(table.Columns.Where(c => !names.Contains(c.Name)));
}
