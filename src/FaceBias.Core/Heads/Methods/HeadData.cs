using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Heads.Methods;

/// <summary>What mitigation works on: frozen features of three splits, what to predict, and the attribute whose
/// shortcut is to go. A group is a class of the target together with a level of the bias attribute, numbered class by
/// class; for a number the groups are the levels alone.</summary>
internal sealed record HeadData
{
    /// <summary>Rows that heads are fitted on.</summary>
    public required HeadPart Train { get; init; }

    /// <summary>Rows that choose epochs and settings; some methods fit their last layer on them.</summary>
    public required HeadPart Validation { get; init; }

    /// <summary>Rows that measure, once.</summary>
    public required HeadPart Test { get; init; }

    /// <summary>Name of what is predicted.</summary>
    public required string Target { get; init; }

    /// <summary>Names of its classes; empty for a number.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Name of the bias attribute; empty if none is known.</summary>
    public string Bias { get; init; } = "";

    /// <summary>Names of its levels; empty if none is known.</summary>
    public IReadOnlyList<string> Levels { get; init; } = [];

    /// <summary>Names of the test rows, for predictions and audits.</summary>
    public IReadOnlyList<string> TestIds { get; init; } = [];

    /// <summary>Who or what the test rows belong to, such as the person on each picture; null if it is not
    /// known.</summary>
    public TextColumn? TestTogether { get; init; }

    /// <summary>The model that the features are from, if known: a name of the catalogue or an ONNX file.</summary>
    public string? Backbone { get; init; }

    /// <summary>Rows of a run that take no part because they lack a label or belong to none of the levels asked
    /// for.</summary>
    public int LeftOut { get; init; }

    /// <summary>Whether a number is predicted instead of a class.</summary>
    public bool IsNumeric => Classes.Count == 0;

    /// <summary>Whether the bias attribute is known.</summary>
    public bool HasGroups => Levels.Count > 0;

    /// <summary>Features per row.</summary>
    public int Width => Train.Width;

    /// <summary>Outputs of a head: one per class, or one.</summary>
    public int Outputs => Math.Max(1, Classes.Count);

    /// <summary>What a head's output is.</summary>
    public OutputSpec Output => IsNumeric ? NumericOutput.For(Target, Train.Values)
        : new CategoricalOutput(Target, Classes);

    public int GroupCount => Outputs * Math.Max(1, Levels.Count);

    /// <summary>Group of each row: class · levels + level. Without a bias attribute the class alone.</summary>
    public int[] Groups(HeadPart part) =>
        [.. Enumerable.Range(0, part.Rows).Select(i =>
            (IsNumeric ? 0 : part.Target[i]) * Math.Max(1, Levels.Count) + (part.Bias?[i] ?? 0))];

    /// <summary>The name of a group: "female, old".</summary>
    public string GroupName(int group)
    {
        var levels = Math.Max(1, Levels.Count);
        var parts = new List<string>();
        if (!IsNumeric)
            parts.Add(Classes[group / levels]);
        if (HasGroups)
            parts.Add(Levels[group % levels]);
        return parts.Count == 0 ? "all" : string.Join(", ", parts);
    }

    /// <summary>Rows of each group.</summary>
    public int[] GroupSizes(HeadPart part)
    {
        var sizes = new int[GroupCount];
        foreach (var group in Groups(part))
            sizes[group]++;
        return sizes;
    }

    /// <summary>A hash of everything a result depends on, for journals.</summary>
    public string Fingerprint()
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(
            System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var part in new[] { Train, Validation, Test })
        {
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(part.Features));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(part.Target));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<double>(part.Values));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(part.Bias ?? []));
        }
        hash.AppendData(
            System.Text.Encoding.UTF8.GetBytes(string.Join('\0', [Target, Bias, .. Classes, "", .. Levels])));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
