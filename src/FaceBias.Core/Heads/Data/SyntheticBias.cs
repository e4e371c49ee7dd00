using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Heads.Methods;
using FaceBias.Primitives.Options;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Heads.Data;

/// <summary>How to make features with a planted shortcut.</summary>
internal sealed record SyntheticBiasOptions
{
    /// <summary>Classes, and levels of the bias attribute: 2 to 10.</summary>
    [Option("Classes, and levels of the shortcut.", Group = OptionGroup.Data)]
    [Range(2, 10)]
    public int Classes { get; init; } = 2;

    /// <summary>Share of training rows whose level is that of their class, 1 / classes (no correlation) to below
    /// 1.</summary>
    [Option("Share of training rows whose shortcut fits their class.", Group = OptionGroup.Data)]
    [Range(0.0, 1, MaximumIsExclusive = true)]
    public double Correlation { get; init; } = 0.95;

    /// <summary>Training rows.</summary>
    [Option("Training rows.", Group = OptionGroup.Data)]
    [Range(8, int.MaxValue)]
    public int Train { get; init; } = 3000;

    /// <summary>Validation rows per group.</summary>
    [Option("Validation rows per group.", Group = OptionGroup.Data)]
    [Range(1, int.MaxValue)]
    public int Validation { get; init; } = 100;

    /// <summary>Test rows per group.</summary>
    [Option("Test rows per group.", Group = OptionGroup.Data)]
    [Range(1, int.MaxValue)]
    public int Test { get; init; } = 300;

    [Option("Features.", Group = OptionGroup.Data)]
    [Range(2, int.MaxValue)]
    public int Width { get; init; } = 64;

    /// <summary>Distance of a class's centre from the origin, in standard deviations of the noise along it.</summary>
    [Option("How far classes lie apart, in deviations of the noise.", Group = OptionGroup.Data)]
    public double Signal { get; init; } = 2;

    /// <summary>The same for a level of the bias attribute: a shortcut is easier to see than the target.</summary>
    [Option("How far levels of the shortcut lie apart.", Group = OptionGroup.Data)]
    public double Shortcut { get; init; } = 5;

    /// <summary>Seed of all random draws.</summary>
    [Option("Seed of all random draws.", Group = OptionGroup.Resources)]
    public long Seed { get; init; } = 7;
}

/// <summary>Features in which the target is hard to see and a spurious attribute easy: x = signal · u(class) + shortcut
/// · v(level) + noise, with u and v random unit vectors and standard normal noise. Without the shortcut the best
/// classifier is known to be linear, so a head trained on rows without correlation is an oracle for all
/// methods.</summary>
internal static class SyntheticBias
{
    /// <summary>Makes the data; with <paramref name="oracle"/> the training rows have no correlation, while validation
    /// and test are the same.</summary>
    public static HeadData Create(SyntheticBiasOptions options, bool oracle = false)
    {
        Check(options);
        var k = options.Classes;
        var directions = Enumerable.Range(0, 2 * k).Select(i => UnitVector(options, i)).ToArray();
        HeadPart Part(string name, IReadOnlyList<(int Class, int Level)> rows)
        {
            var x = new float[rows.Count * options.Width];
            for (var r = 0; r < rows.Count; r++)
            {
                // A stream per row: another number of rows changes no row.
                var noise = new RandomSource(options.Seed).Stream(name, r);
                var (u, v) = (directions[rows[r].Class], directions[k + rows[r].Level]);
                for (var i = 0; i < options.Width; i++)
                    x[r * options.Width + i] =
                        (float)(options.Signal * u[i] + options.Shortcut * v[i] + noise.NextNormal());
            }
            return new(x, options.Width, [.. rows.Select(r => r.Class)], [], [.. rows.Select(r => r.Level)]);
        }
        return new HeadData
        {
            Train = Part("train", TrainingRows(options, oracle ? 1.0 / k : options.Correlation)),
            Validation = Part("validation", Balanced(k, options.Validation)),
            Test = Part("test", Balanced(k, options.Test)),
            Target = "class",
            Classes = [.. Enumerable.Range(0, k).Select(i => $"class {i}")],
            Bias = "shortcut",
            Levels = [.. Enumerable.Range(0, k).Select(i => $"level {i}")],
        };
    }

    private static void Check(SyntheticBiasOptions o)
    {
        OptionSchema.Check(o);
        if (!(o.Correlation >= 1.0 / o.Classes && o.Correlation < 1))
            throw new FaceBiasException(
                FormattableString.Invariant(
                    $"‹Correlation› must be from {1.0 / o.Classes:0.###} (none) to below 1, not {o.Correlation}."));
        if (o.Train < 2 * o.Classes * o.Classes)
            throw new FaceBiasException(
                $"‹Train› must be at least {2 * o.Classes * o.Classes} for {o.Classes} classes, not {o.Train}.");
    }

    /// <summary>Classes in equal parts; in each, the share of its own level and the rest evenly over the others, every
    /// group at least once.</summary>
    private static List<(int, int)> TrainingRows(SyntheticBiasOptions o, double correlation)
    {
        var rows = new List<(int, int)>();
        for (var c = 0; c < o.Classes; c++)
        {
            var count = o.Train / o.Classes + (c < o.Train % o.Classes ? 1 : 0);
            var conflicting = Math.Max(o.Classes - 1, (int)Math.Round(count * (1 - correlation)));
            for (var i = 0; i < count; i++)
                rows.Add((c, i < conflicting ? (c + 1 + i % (o.Classes - 1)) % o.Classes : c));
        }
        return rows;
    }

    private static List<(int, int)> Balanced(int classes, int each) =>
        [.. from c in Enumerable.Range(0, classes) from l in Enumerable.Range(0, classes) from _ in Enumerable.Range(0,
            each) select (c, l)];

    private static double[] UnitVector(SyntheticBiasOptions options, int index)
    {
        var random = new RandomSource(options.Seed).Stream("direction", index);
        var v = Enumerable.Range(0, options.Width).Select(_ => random.NextNormal()).ToArray();
        var norm = Math.Sqrt(v.Sum(x => x * x));
        return [.. v.Select(x => x / norm)];
    }
}
