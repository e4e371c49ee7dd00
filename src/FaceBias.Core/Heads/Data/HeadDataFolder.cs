using System.Text.Json;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Heads.Data;

/// <summary>What the arrays of a folder stand for; <c>names.json</c>, optional beside arrays of other
/// programs.</summary>
/// <param name="Classes">Names of its classes by code; empty for a number.</param>
/// <param name="Bias">Name of the bias attribute.</param>
/// <param name="Levels">Names of its levels by code.</param>
/// <param name="Backbone">The model that the features are from, if known.</param>
/// <param name="TestIds">Names of the test rows.</param>
internal sealed record HeadDataNames(
    string Target, IReadOnlyList<string> Classes, string Bias, IReadOnlyList<string> Levels, string? Backbone,
    IReadOnlyList<string>? TestIds);

/// <summary>Frozen features as NumPy files: <c>{train,val,test}_feats.npy</c> [rows, width], <c>_target.npy</c> and,
/// where the bias attribute is known, <c>_bias.npy</c> [rows] with codes from 0; plural names (<c>_targets.npy</c>, as
/// CAML's code writes) are read too. A target of fractions is a number to predict.</summary>
internal static class HeadDataFolder
{
    private const string NamesFile = "names.json";
    private static readonly string[] Splits = ["train", "val", "test"];

    /// <param name="numeric">Whether whole numbers of the target are values rather than codes of classes.</param>
    /// <exception cref="FaceBiasException">A file is missing, damaged, or does not fit the others.</exception>
    public static HeadData Read(string folder, bool numeric = false)
    {
        if (!Directory.Exists(folder))
            throw new FaceBiasException(
                $"There is no folder '{folder}'; give the folder with train_feats.npy and its siblings.",
                ErrorKind.Missing);
        var names = ReadNames(folder);
        var targets = Splits.Select(s => Column(folder, Find(folder, s, "target"))).ToArray();
        var isNumeric = numeric || names is { Classes.Count: 0 } || targets.Any(t => t.Any(v => v != Math.Floor(v)));
        var hasBias = Splits.Select(s => File.Exists(Path.Combine(folder, Find(folder, s, "bias")))).ToArray();
        if (hasBias.Distinct().Count() > 1)
            throw new FaceBiasException(
                $"'{folder}' has a _bias.npy for some splits and not for others; give all three or none.");
        var biases = hasBias[0]
            ? Splits.Select(s => Codes(folder, Find(folder, s, "bias"), Column(folder, Find(folder, s, "bias"))))
                .ToArray() : null;
        var parts = Splits.Select((s, i) => Part(folder, s, targets[i], isNumeric, biases?[i])).ToArray();
        IReadOnlyList<string> Named(IReadOnlyList<string>? given, IEnumerable<int[]> codes)
        {
            var count = codes.Max(c => c.Length == 0 ? 0 : c.Max()) + 1;
            return given is not null && given.Count >= count ? given
                : [.. Enumerable.Range(0, count).Select(i => $"{i}")];
        }
        return new HeadData
        {
            Train = parts[0],
            Validation = parts[1],
            Test = parts[2],
            Target = names?.Target ?? "target",
            Classes = isNumeric ? [] : Named(names?.Classes, parts.Select(p => p.Target)),
            Bias = biases is null ? "" : names?.Bias is { Length: > 0 } b ? b : "bias",
            Levels = biases is null ? [] : Named(names?.Levels, biases),
            TestIds = names?.TestIds ?? [],
            Backbone = names?.Backbone,
        };
    }

    /// <summary>Writes a folder that <see cref="Read"/> and NumPy read.</summary>
    public static void Write(string folder, HeadData data)
    {
        foreach (var (split, part) in Splits.Zip([data.Train, data.Validation, data.Test]))
        {
            Npy.Write(Path.Combine(folder, $"{split}_feats.npy"), part.Features, part.Rows, part.Width);
            if (data.IsNumeric)
                Npy.Write(Path.Combine(folder, $"{split}_target.npy"), part.Values, part.Rows);
            else
                Npy.Write(Path.Combine(folder, $"{split}_target.npy"), Longs(part.Target), part.Rows);
            if (part.Bias is { } bias)
                Npy.Write(Path.Combine(folder, $"{split}_bias.npy"), Longs(bias), part.Rows);
        }
        AtomicFile.WriteText(Path.Combine(folder, NamesFile), JsonSerializer.Serialize(
            new HeadDataNames(data.Target, data.Classes, data.Bias, data.Levels, data.Backbone, data.TestIds),
            CoreJson.Options));

        static long[] Longs(int[] codes) => Array.ConvertAll(codes, c => (long)c);
    }

    private static HeadDataNames? ReadNames(string folder)
    {
        var path = Path.Combine(folder, NamesFile);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<HeadDataNames>(File.ReadAllText(path), CoreJson.Options);
        }
        catch (JsonException e)
        {
            throw new FaceBiasException($"'{path}' is damaged ({e.Message.TrimEnd('.')}); correct it or delete it.", e);
        }
    }

    private static HeadPart Part(string folder, string split, double[] target, bool numeric, int[]? bias)
    {
        var path = Path.Combine(folder, Find(folder, split, "feats"));
        var array = Npy.Read(path);
        if (array.Shape.Length != 2)
            throw new FaceBiasException(
                $"'{path}' has shape ({string.Join(", ", array.Shape)}); features must be a matrix [rows, width].");
        if (array.Shape[1] == 0)
            throw new FaceBiasException($"'{path}' has no columns; save the features of a backbone.");
        foreach (var (count, what) in new[] { (target.Length, "target"), (bias?.Length ?? array.Shape[0], "bias") })
            if (count != array.Shape[0])
                throw new FaceBiasException(
                    $"'{path}' has {array.Shape[0]:N0} rows but '{split}_{what}.npy' has {count:N0}; they must describe the same rows.");
        return new(Array.ConvertAll(array.Values, v => (float)v), array.Shape[1],
            numeric ? [] : Codes(folder, Find(folder, split, "target"), target), numeric ? target : [], bias);
    }

    /// <summary>The name of a file among those that programs give it; where there is none, the usual one.</summary>
    private static string Find(string folder, string split, string what)
    {
        string[] whats = what switch
        {
            "feats" => ["feats", "features", "feat"],
            "target" => ["target", "targets"],
            _ => ["bias", "biases"],
        };
        string[] splits = split == "val" ? ["val", "valid", "validation"] : [split];
        var names = splits.SelectMany(s => whats.Select(w => $"{s}_{w}.npy")).ToArray();
        return Array.Find(names, n => File.Exists(Path.Combine(folder, n))) ?? names[0];
    }

    private static double[] Column(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        var array = Npy.Read(path);
        if (array.Shape.Length == 1 || (array.Shape.Length == 2 && array.Shape[1] == 1))
            return array.Values;
        throw new FaceBiasException(
            $"'{path}' has shape ({string.Join(", ", array.Shape)}); labels must be one number per row.");
    }

    private static int[] Codes(string folder, string file, double[] values)
    {
        var bad = Array.FindIndex(values, v => v != Math.Floor(v) || v is < 0 or > 10_000);
        if (bad >= 0)
            throw new FaceBiasException(
                FormattableString.Invariant(
                    $"'{Path.Combine(folder, file)}' holds {values[bad]} in row {bad}; labels must be codes 0, 1, 2 ..."));
        return Array.ConvertAll(values, v => (int)v);
    }
}
