using System.Text.Json;
using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Mitigate;

/// <summary>The frozen features, splits and labels of a finished <c>facebias train</c> run.</summary>
internal static class RunHeadData
{
    /// <param name="folder">The run's folder.</param>
    /// <param name="biases">Attributes whose crossing makes the groups; none if they are not known.</param>
    /// <exception cref="FaceBiasException">A file is missing or damaged, or a label cannot be used.</exception>
    public static HeadData Read(string folder, LevelSpec target, IReadOnlyList<LevelSpec> biases)
    {
        using var run = RunFolder.Open(folder);
        var manifest = Manifest.Read(run.Checked(RunFolder.ManifestFile));
        var backbone = run.Backbone;
        var (features, rowsFile) = run.FeatureFiles();
        using var matrix = NpyMatrix.Open(features);
        var ids = TableFile.Read(rowsFile).Text("id");
        var rowOf = Enumerable.Range(0, ids.Count).ToDictionary(r => ids[r]!, r => r, StringComparer.Ordinal);

        Target Label(string name) => Target.From(
            manifest.Labels.FirstOrDefault(l => l.Name == name) ?? Bands(manifest, name)
                ?? throw new FaceBiasException(
                    $"The run has no label '{name}'; it has "
                        + $"{manifest.Labels.Select(l => l.Name).Quoted()}.", ErrorKind.Missing), null);
        var label = Label(target.Column);
        var numeric = label.Kind == TargetKind.Numeric && target.Levels.Count == 0;
        if (!numeric && biases.Any(b => b.Column == target.Column))
            throw new FaceBiasException(
                $"'{target.Column}' is what is predicted, so it cannot be a shortcut to itself; name another "
                    + "attribute with ‹Bias›.");
        var (codes, classes) = numeric ? ([], []) : target.Apply(label);
        var crossed = biases.Select(b => b.Apply(Label(b.Column))).ToArray();
        string[] levels = crossed.Length == 0 ? []
            : [.. crossed.Skip(1).Aggregate(crossed[0].Names.AsEnumerable(),
                (all, next) => all.SelectMany(a => next.Names.Select(n => $"{a}, {n}")))];
        int Level(int image) =>
            crossed.Aggregate(0,
                (level, b) => level < 0 || b.Codes[image] < 0 ? -1 : level * b.Names.Count + b.Codes[image]);

        var parts = new Dictionary<Split, List<int>> { [Split.Train] = [], [Split.Validation] = [], [Split.Test] = [] };
        var leftOut = 0;
        for (var i = 0; i < manifest.Count; i++)
            if (parts.TryGetValue(manifest.Splits[i], out var part) && rowOf.ContainsKey(manifest.Files[i].Id))
            {
                if ((numeric ? !label.IsMissing(i) : codes[i] >= 0) && Level(i) >= 0)
                    part.Add(i);
                else
                    leftOut++;
            }
        HeadPart Part(Split split)
        {
            var rows = parts[split];
            var x = new float[rows.Count * matrix.Columns];
            for (var i = 0; i < rows.Count; i++)
                matrix.Row(rowOf[manifest.Files[rows[i]].Id]).CopyTo(x.AsSpan(i * matrix.Columns));
            return new(x, matrix.Columns, numeric ? [] : [.. rows.Select(r => codes[r])],
                numeric ? [.. rows.Select(r => label.Values[r])] : [],
                crossed.Length == 0 ? null : [.. rows.Select(Level)]);
        }
        return new HeadData
        {
            Train = Part(Split.Train),
            Validation = Part(Split.Validation),
            Test = Part(Split.Test),
            Target = target.Column,
            Classes = classes,
            Bias = string.Join(", ", biases.Select(b => b.Column)),
            Levels = levels,
            TestIds = [.. parts[Split.Test].Select(i => manifest.Files[i].Id)],
            TestTogether = run.Together is { } kept && manifest.Labels.FirstOrDefault(l => l.Name == kept) is { } who
                ? new Table([who]).Text(kept).Take(parts[Split.Test]) : null,
            Backbone = backbone,
            LeftOut = leftOut,
        };
    }

    /// <summary>A number in the bands of the audit, under its name with "_band"; null if the name is not of that
    /// form.</summary>
    private static TextColumn? Bands(Manifest manifest, string name)
    {
        const string Suffix = "_band";
        if (!name.EndsWith(Suffix, StringComparison.Ordinal)
            || manifest.Labels.FirstOrDefault(l => l.Name == name[..^Suffix.Length]) is not NumberColumn number)
            return null;
        var edges = new AuditOptions().Bands.GetValueOrDefault(number.Name) ?? Banding.Quintiles(number.Values);
        var bands = Banding.Cut(name, number.Name, number.Values, edges);
        return new(name, [.. bands.Codes.Select((c, i) => double.IsNaN(number.Values[i]) ? null : bands.Levels[c])]);
    }
}
