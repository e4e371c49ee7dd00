using System.Globalization;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Mitigation;

/// <summary>How a hyperparameter is drawn.</summary>
public enum Scale
{
    /// <summary>Evenly between its limits.</summary>
    Linear,

    /// <summary>Evenly in the logarithm.</summary>
    Log,

    /// <summary>One of its choices.</summary>
    Choice,
}

/// <summary>Something a search may vary.</summary>
/// <param name="Name">Its name, in kebab case.</param>
/// <param name="Default">The published value, or the closest that fits frozen features; always tried first.</param>
/// <param name="Scale">How it is drawn.</param>
/// <param name="Low">Smallest value.</param>
/// <param name="High">Largest value.</param>
/// <param name="Choices">The values of a choice.</param>
public sealed record Hyperparameter(
    string Name, double Default, Scale Scale, double Low, double High, IReadOnlyList<double> Choices)
{
    /// <summary>A number whose order of magnitude matters.</summary>
    public static Hyperparameter Log(string name, double standard, double low, double high) => new(name, standard, Scale.Log, low, high, []);

    /// <summary>A number between limits.</summary>
    public static Hyperparameter Linear(string name, double standard, double low, double high) => new(name, standard, Scale.Linear, low, high, []);

    /// <summary>One of some values.</summary>
    public static Hyperparameter Choice(string name, double standard, params double[] choices) =>
        new(name, standard, Scale.Choice, choices.Min(), choices.Max(), choices);

    /// <summary>The value at a position in [0, 1), rounded to three digits so that a journal and a person read the same.</summary>
    public double At(double position) => Scale switch
    {
        Scale.Choice => Choices[Math.Min(Choices.Count - 1, (int)(position * Choices.Count))],
        Scale.Log => Round(Low * Math.Pow(High / Low, position)),
        _ => Round(Low + (High - Low) * position),
    };

    private static double Round(double value) =>
        double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}

/// <summary>Values of hyperparameters.</summary>
/// <param name="Values">By name.</param>
public sealed record Settings(IReadOnlyDictionary<string, double> Values)
{
    /// <summary>A value by its name.</summary>
    public double this[string name] => Values[name];

    /// <summary>A value that counts something.</summary>
    public int Count(string name) => (int)Math.Round(Values[name]);

    /// <summary>The published values.</summary>
    public static Settings Defaults(IEnumerable<Hyperparameter> space) => new(space.ToDictionary(h => h.Name, h => h.Default));

    /// <summary>Settings of a trial of a random search: the defaults at first, then draws that hang on seed, method and trial
    /// alone.</summary>
    public static Settings Draw(IEnumerable<Hyperparameter> space, string method, ulong seed, int trial)
    {
        if (trial == 0)
            return Defaults(space);
        return new(space.ToDictionary(h => h.Name, h =>
            h.At(new SeededRandom(unchecked((long)seed), SeededRandom.Stream($"{method}/{h.Name}", trial)).NextDouble())));
    }

    /// <summary>The same with other values for some names; names that are not among these settings are passed over.</summary>
    public Settings With(IReadOnlyDictionary<string, double> values) =>
        new(Values.ToDictionary(v => v.Key, v => values.TryGetValue(v.Key, out var other) ? other : v.Value));

    /// <summary>"rate 0.001, decay 0.01".</summary>
    public override string ToString() => string.Join(", ", Values.OrderBy(v => v.Key, StringComparer.Ordinal)
        .Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key} {v.Value}")));
}
