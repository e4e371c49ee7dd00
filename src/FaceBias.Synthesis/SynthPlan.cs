using FaceBias.Primitives.Tables;

namespace FaceBias.Synthesis;

/// <summary>What a file of the data set is.</summary>
internal enum SynthKind
{
    /// <summary>A face of its own.</summary>
    Face,

    /// <summary>Another file byte for byte, with the same labels.</summary>
    ExactDuplicate,

    /// <summary>Another picture slightly brighter and encoded again, with the same labels.</summary>
    NearDuplicate,

    /// <summary>Another file byte for byte with the other gender as its label.</summary>
    ConflictingDuplicate,

    /// <summary>A picture without a face.</summary>
    NonFace,

    /// <summary>A face whose file is cut off.</summary>
    Unreadable,
}

/// <summary>Decides what each file of a data set is: exact counts of every kind (the shares of the spec times the
/// number of files, rounded), spread by a shuffle of the indexes. A few bytes per file; pictures are drawn from it in
/// any order.</summary>
internal sealed class SynthPlan
{
    private const byte Balanced = 1, RareMember = 2, Wrong = 4;

    private readonly SynthKind[] _kinds;
    private readonly int[] _sources;
    private readonly byte[] _splits;
    private readonly byte[] _flags;
    private readonly bool _hasRareGroup;

    public SynthPlan(SynthSpec spec, int count, long seed)
    {
        (Count, _hasRareGroup) = (count, spec.Planted.RareGroup is not null);
        (_kinds, _sources, _splits, _flags) = (new SynthKind[count], new int[count], new byte[count], new byte[count]);
        var random = new SynthRandom(seed, -1, stream: 4);
        var order = new int[count];
        for (var i = 0; i < count; i++)
            (order[i], _sources[i]) = (i, i);
        random.Shuffle<int>(order);

        var planted = spec.Planted;
        var at = 0;
        Mark(SynthKind.NonFace, planted.NonFaces);
        Mark(SynthKind.Unreadable, planted.Unreadable);
        var firstCopy = at;
        Mark(SynthKind.ExactDuplicate, planted.ExactDuplicates);
        Mark(SynthKind.NearDuplicate, planted.NearDuplicates);
        Mark(SynthKind.ConflictingDuplicate, planted.ConflictingDuplicates);
        var copies = order.AsSpan(firstCopy..at);
        var faces = order.AsSpan(at);
        var wrong = (int)Math.Round(planted.WrongLabels * faces.Length);
        if (faces.Length < wrong + copies.Length)
            throw new FaceBiasException(
                $"{count} files are too few for the shares in 'planted': {copies.Length} copies and {wrong} wrong "
                    + "labels need faces of their own; ask for more files.");

        // The order is random already, so consecutive runs of it are random sets. A face that is copied keeps its right
        // label and is copied once, so that what is found can be told apart.
        foreach (var i in faces[..wrong])
            _flags[i] |= Wrong;
        for (var i = 0; i < copies.Length; i++)
            _sources[copies[i]] = faces[wrong + i];

        // Shuffled again, so that the parts hold wrong labels and copied faces in proportion.
        int[] shuffled = [.. faces];
        random.Shuffle<int>(shuffled);
        AssignSplits(spec, shuffled, withRareGroup: true, random);
        AssignSplits(spec, order.AsSpan(0, firstCopy), withRareGroup: false, random);
        foreach (var i in copies)
            (_splits[i], _flags[i]) = (_splits[_sources[i]], _flags[_sources[i]]);

        void Mark(SynthKind kind, double share)
        {
            var n = (int)Math.Round(share * count);
            foreach (var i in order.AsSpan(at, n))
                _kinds[i] = kind;
            at += n;
        }
    }

    /// <summary>Number of files.</summary>
    public int Count { get; }

    public SynthKind Kind(int index) => _kinds[index];

    /// <summary>The file that a copy repeats; any other file is its own source.</summary>
    public int Source(int index) => _sources[index];

    /// <summary>Index into <see cref="SynthNames.Splits"/>.</summary>
    public int Split(int index) => _splits[index];

    public bool IsBalanced(int index) => (_flags[index] & Balanced) != 0;

    public bool HasWrongLabel(int index) => (_flags[index] & Wrong) != 0;

    /// <summary>Whether the face must belong to the rare group; null where the spec has none.</summary>
    public bool? InRareGroup(int index) => _hasRareGroup ? (_flags[index] & RareMember) != 0 : null;

    /// <summary>Cuts a random order of files into the parts; the first of each part are the members of the rare group.
    /// Pictures without a face and files that cannot be read are none of them.</summary>
    private void AssignSplits(SynthSpec spec, ReadOnlySpan<int> members, bool withRareGroup, SynthRandom random)
    {
        var weights = spec.Split.Weights(SynthNames.Splits);
        var total = weights.Sum();
        var cumulative = 0.0;
        var start = 0;
        for (var split = 0; split < weights.Length; split++)
        {
            cumulative += weights[split] / total;
            var end = (int)Math.Round(cumulative * members.Length);
            var part = members[start..end];
            var isTest = split == 2;
            var share = withRareGroup && spec.Planted.RareGroup is { } g ? isTest ? g.ShareInTest ?? g.Share : g.Share
                : 0;
            var rare = (int)Math.Round(share * part.Length);
            for (var i = 0; i < part.Length; i++)
            {
                _splits[part[i]] = (byte)split;
                if (i < rare)
                    _flags[part[i]] |= RareMember;
                if (spec.Planted.Correlation is { } c
                    && (c.BalancedTest && isTest || c.BalancedRareGroup && i < rare || random.Chance(c.BalancedShare)))
                    _flags[part[i]] |= Balanced;
            }
            start = end;
        }
    }
}
