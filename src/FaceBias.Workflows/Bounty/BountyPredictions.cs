using System.Numerics.Tensors;
using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Workflows.Bounty;

/// <summary>The 17 probabilities of every image, and the labels that they lead to.</summary>
internal sealed class BountyPredictions
{
    /// <summary>From this probability on an image shows no person.</summary>
    private const float NoPersonFrom = 0.5f;

    private readonly string[] _names;

    /// <summary>Takes the outputs of a model: softmax within each task, and the probability of no person.</summary>
    public BountyPredictions(IReadOnlyList<ImageFile> files, PredictionColumns outputs, BountyObjects objects)
    {
        _names = [.. files.Select(f => Path.GetFileName(f.Path))];
        Probabilities = new float[files.Count * BountyClasses.Count];
        IsObject = new bool[files.Count];
        Labels = [.. BountyClasses.Tasks.Select(_ => new int[files.Count])];
        var turn = 0;
        for (var i = 0; i < files.Count; i++)
        {
            var row = Probabilities.AsSpan(i * BountyClasses.Count, BountyClasses.Count);
            var at = 0;
            for (var t = 0; t < BountyClasses.Tasks.Length; t++)
            {
                var width = BountyClasses.Tasks[t].Classes.Length;
                var values = outputs.Values(t).Slice(i * width, width);
                values.CopyTo(row[at..]);
                Labels[t][i] = TensorPrimitives.IndexOfMax(values);
                at += width;
            }
            row[^1] = outputs.Values(BountyClasses.Tasks.Length)[(i * 2) + 1];
            IsObject[i] = row[^1] >= NoPersonFrom;
            if (!IsObject[i])
                continue;
            if (objects == BountyObjects.Cycle)
                for (var t = 0; t < Labels.Length; t++)
                    Labels[t][i] = turn % BountyClasses.Tasks[t].Classes.Length;
            turn++;
        }
    }

    /// <summary>[images, 17] in the entry's order.</summary>
    public float[] Probabilities { get; }

    /// <summary>Which images are taken to show no person.</summary>
    public bool[] IsObject { get; }

    /// <summary>For each task the class of every image.</summary>
    public int[][] Labels { get; }

    /// <summary>The competition's table: name, skin_tone, age, gender.</summary>
    public Table ToTable() => new(
    [
        new TextColumn(BountyClasses.Name, _names),
        .. BountyClasses.Tasks.Select((t, k) => new TextColumn(t.Name, Labels[k], t.Classes)),
    ]);

    /// <summary>Writes probabilities as .npy and .csv, and labels as .npy [images, 3] of codes and as the competition's
    /// table.</summary>
    public void Write(string probabilitiesNpy, string probabilitiesCsv, string labelsNpy, string submission)
    {
        Npy.Write<long>(labelsNpy,
            [.. Enumerable.Range(0, _names.Length).SelectMany(i => Labels.Select(l => (long)l[i]))], _names.Length,
            Labels.Length);
        Npy.Write(probabilitiesNpy, Probabilities, _names.Length, BountyClasses.Count);
        TableFile.Write(probabilitiesCsv, new(
        [
            new TextColumn(BountyClasses.Name, _names),
            .. BountyClasses.Columns.Select(
                (c, j) =>
                    new NumberColumn(c,
                        [.. Enumerable.Range(0, _names.Length).Select(
                            i => (double)Probabilities[i * BountyClasses.Count + j])])),
        ]));
        TableFile.Write(submission, ToTable());
    }

    /// <summary>
    /// The competition's multipliers for randomness: on images without a person, whose labels are random, a task whose
    /// predicted classes a chi-square test does not tell from uniform (p at least .05) multiplies the score by 1.3
    /// (skin tone), 1.2 (age) or 1.1 (gender).
    /// </summary>
    /// <param name="isNoise">Which images have random labels.</param>
    public IReadOnlyList<RandomnessMultiplier> Randomness(Func<int, bool> isNoise)
    {
        int[] noise = [.. Enumerable.Range(0, _names.Length).Where(isNoise)];
        return [.. BountyClasses.Tasks.Zip(new[] { 1.3, 1.2, 1.1 }).Select((x, t) =>
        {
            var expected = (double)noise.Length / x.First.Classes.Length;
            var chi = noise.Length == 0 ? 0
                : x.First.Classes.Select((_, c) => noise.Count(i => Labels[t][i] == c))
                    .Sum(n => (n - expected) * (n - expected) / expected);
            double? p = noise.Length == 0 ? null : UpperTail.ChiSquare(x.First.Classes.Length - 1, chi);
            return new RandomnessMultiplier(x.First.Name, noise.Length, noise.Length == 0 ? null : chi, p,
                p >= 0.05 ? x.Second : 1);
        })];
    }
}

/// <summary>A multiplier of the score for predicting random classes of images without a person.</summary>
/// <param name="Task">The task.</param>
/// <param name="Images">Images with random labels.</param>
/// <param name="ChiSquare">Of the predicted classes against uniform; null without images.</param>
/// <param name="P">Its p value.</param>
/// <param name="Factor">1.3, 1.2 or 1.1 where p is at least .05, else 1.</param>
internal sealed record RandomnessMultiplier(string Task, int Images, double? ChiSquare, double? P, double Factor);
