using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Linear;
using FaceBias.Onnx.Graphs;
using System.Numerics.Tensors;

namespace FaceBias.Core.Uncertainty.Novelty;

/// <summary>How unlike the training pictures a picture is, by its features of the last layer scaled to length 1 (those
/// of earlier layers say how a picture is made, not what it shows; unscaled, what hardly activates a network passes for
/// ordinary: Mueller and Hein 2025, "Mahalanobis++"). A classifier is as confident about a shark as about a
/// face.</summary>
/// <remarks>Scores are given relative to rows that the model was not trained on: 0 is their median, 1 the limit, which
/// one in 200 of them exceeds, or 4 robust standard deviations from the median where that is farther.</remarks>
internal abstract record NoveltyScore : IUncertaintyWrapper
{
    /// <summary>The output that predictions show as <c>novelty</c>.</summary>
    public const string Output = "novelty";

    /// <summary>Fewer pictures say nothing of what is usual.</summary>
    internal const int FewestRows = 50;

    private const double FarOff = 4, Exceeding = 0.005;

    private protected NoveltyScore()
    {
    }

    public abstract string Name { get; }

    private protected virtual string OutputName => "uncertainty_" + Name;

    /// <summary>Mahalanobis's distance.</summary>
    /// <param name="shrinkage">The share of a multiple of the unit matrix in the covariance, above 0; null to estimate
    /// it (Ledoit and Wolf 2004).</param>
    public static NoveltyScore Mahalanobis(double? shrinkage = null) => new MahalanobisScore { Shrink = shrinkage };

    /// <summary>The distance to the K-th nearest training picture.</summary>
    public static NoveltyScore NearestNeighbours(int k = 50) => new NearestNeighbourScore { K = k };

    /// <summary>Virtual-logit matching.</summary>
    public static NoveltyScore Vim() => new VimScore();

    public void AddTo(UncertainModel model)
    {
        var rows = model.Rows;
        if (rows.Train.Count < FewestRows)
            throw new FaceBiasException(
                $"'{Name}' needs at least {FewestRows} training pictures to know what is usual, and there are "
                    + $"{rows.Train.Count}; leave it out.");
        // What the score was fitted on looks more usual than it is: where there is little else to judge it by, every
        // third training picture is kept for that.
        if (rows.Validation.Count < FewestRows)
            rows = rows with
            {
                Train = [.. rows.Train.Where((_, i) => i % 3 != 1)],
                Validation = [.. rows.Validation, .. rows.Train.Where((_, i) => i % 3 == 1)],
            };
        var judged = rows.Validation;
        var g = new GraphBuilder(model.Heads);
        var score = AddScore(model, g, RowMath.Unit(g, rows), rows);
        double[] values = [.. model.Run(judged, score)[0].Select(v => (double)v).Order()];
        if (values.Any(v => !double.IsFinite(v)))
            throw new FaceBiasException(
                $"'{Name}' is not a number for some pictures; look for features that are not finite.");
        var median = Robust.Median(values);
        var limit = Math.Max(median + FarOff * Robust.Deviation(values, median),
            values[(int)((1 - Exceeding) * (values.Length - 1))]);
        var scale = limit > median ? 1 / (limit - median) : 1;
        var relative = g.Add("Mul", g.Add("Sub", score, g.Constant([(float)median], 1, 1)),
            g.Constant([(float)scale], 1, 1));
        model.AddOutput(
            new(OutputName, null, 1, Name, UncertaintyKind.Novelty,
                "Distance from the training pictures: 0 is usual, more than 1 is unlike them."), relative);
    }

    /// <summary>Adds the score [N, 1] of unit rows [N, width], fitted on the training rows: larger is more
    /// unusual.</summary>
    private protected abstract string AddScore(UncertainModel model, GraphBuilder g, string unit, FittingRows rows);

    /// <summary>Mean and covariance of the training rows, drawn towards the unit matrix as Ledoit and Wolf
    /// say.</summary>
    private protected static (float[] Mean, double[] Covariance) Spread(FittingRows rows, double? shrink = null)
    {
        var width = rows.UnitWidth;
        var scatter = Scatter.Of(width, 0, rows.Train, (row, vector, _) => rows.ReadUnit(row, vector), rows.Cancel);
        float[] mean = [.. scatter.Sum.Select(s => (float)(s / scatter.Count))];
        var (vector, fourth) = (new float[width], 0.0);
        foreach (var row in rows.Train)
        {
            rows.ReadUnit(row, vector);
            TensorPrimitives.Subtract(vector, mean, vector);
            double square = TensorPrimitives.SumOfSquares<float>(vector);
            fourth += square * square;
        }
        return (mean, scatter.Covariance(Math.Clamp(shrink ?? Shrinkage.LedoitWolf(scatter, fourth), 1e-9, 0.999)));
    }
}

/// <summary>sqrt((x - m)ᵀ C⁻¹ (x - m)) with mean and covariance of all training pictures (Lee et al. 2018 with one
/// class: what is usual for a face shall not depend on what is predicted of it). C = LLᵀ, and the graph holds
/// L⁻¹.</summary>
internal sealed record MahalanobisScore : NoveltyScore
{
    public override string Name => "mahalanobis";

    private protected override string OutputName => Output;

    public double? Shrink { get; init; }

    private protected override string AddScore(UncertainModel model, GraphBuilder g, string unit, FittingRows rows)
    {
        var width = rows.UnitWidth;
        var (mean, covariance) = Spread(rows, Shrink);
        var cholesky = new Cholesky<float>(covariance, width);
        var whitening = new float[width * width];
        // Column by column: L y = e_j, and y is column j of L⁻¹, thus row j of its transpose, by which rows are
        // multiplied.
        Parallel.For(0, width, new ParallelOptions { CancellationToken = rows.Cancel }, j =>
        {
            var column = whitening.AsSpan(j * width, width);
            column[j] = 1;
            cholesky.Whiten(column, column);
        });
        var centred = g.Add("Sub", unit, g.Constant(mean, 1, width));
        return RowMath.Root(g,
            RowMath.Sum(g, RowMath.Square(g, g.Add("MatMul", centred, g.Constant(whitening, width, width))), width));
    }
}

/// <summary>1 less the cosine to the K-th most similar of up to 2,000 training pictures (Sun et al. 2022; a squared
/// distance of unit rows is twice that).</summary>
internal sealed record NearestNeighbourScore : NoveltyScore
{
    // As many as the graph should hold; K shrinks with them.
    private const int MostKept = 2000;

    public override string Name => "knn";

    public int K { get; init; } = 50;

    private protected override string AddScore(UncertainModel model, GraphBuilder g, string unit, FittingRows rows)
    {
        var width = rows.UnitWidth;
        OptionRule.Require(K >= 1, "K of the nearest neighbours must be at least 1", K);
        var sample = rows.Train.ToArray();
        new Primitives.Randomness.RandomSource(rows.Seed).Stream("neighbours").Shuffle(sample.AsSpan());
        var kept = Math.Min(MostKept, sample.Length);
        var bank = new float[width * kept];
        var vector = new float[width];
        for (var s = 0; s < kept; s++)
        {
            rows.ReadUnit(sample[s], vector);
            for (var i = 0; i < width; i++)
                bank[i * kept + s] = vector[i];
        }
        var k = (int)Math.Clamp(Math.Round((double)K * kept / sample.Length), 1, kept);
        var top = g.AddMany("TopK", [g.Add("MatMul", unit, g.Constant(bank, width, kept)), g.Constant((long)k)], 2,
            [("axis", 1L)]);
        return g.Add("Sub", g.Constant([1f], 1, 1), g.Add("Gather", [top[0], g.Constant((long)k - 1)], [("axis", 1L)]));
    }
}

/// <summary>Virtual-logit matching (Wang et al. 2022): α ‖r‖ - ln Σ exp(logits), r what of the centred features lies
/// outside their principal subspace, α = mean largest logit / mean ‖r‖ over the training pictures. The logits are those
/// of the first target with classes.</summary>
internal sealed record VimScore : NoveltyScore
{
    private const int MostPrincipal = 256;

    public override string Name => "vim";

    private protected override string AddScore(UncertainModel model, GraphBuilder g, string unit, FittingRows rows)
    {
        var width = rows.UnitWidth;
        var target = model.Targets.OfType<Core.Heads.Model.CategoricalOutput>().FirstOrDefault()
            ?? throw new FaceBiasException(
                "'vim' compares features with the logits of classes, and the model predicts numbers only; use "
                    + "'mahalanobis' or 'knn'.");
        var layers = HeadLayers.Of(model.Heads, Name);
        var (mean, lower) = Spread(rows);
        var evd = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(width, width,
            (i, j) => lower[Math.Max(i, j) * width + Math.Min(i, j)])
            .Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric);
        var count = Math.Min(MostPrincipal, Math.Max(1, width / 2));
        var principal = new float[width * count];
        for (var i = 0; i < width; i++)
            for (var c = 0; c < count; c++)
                principal[i * count + c] = (float)evd.EigenVectors[i, width - 1 - c];
        var centred = g.Add("Sub", unit, g.Constant(mean, 1, width));
        var inside = RowMath.Sum(g, RowMath.Square(g, g.Add("MatMul", centred, g.Constant(principal, width, count))),
            count);
        var residual = RowMath.Root(g, g.Add("Sub", RowMath.Sum(g, RowMath.Square(g, centred), width), inside));
        var logits = HeadLayers.Mean(g,
            [.. Enumerable.Range(0, layers.Members).Select(m => layers.Last(target.Name, m).Logits)]);
        var fitted = model.Run(rows.Train, residual, logits);
        var k = target.Classes.Count;
        var largest = Enumerable.Range(0, rows.Train.Count).Average(
            r => TensorPrimitives.Max(fitted[1].AsSpan(r * k, k)));
        var alpha = Math.Max(0, largest) / Math.Max(1e-12, fitted[0].Average(v => (double)v));
        var energy = g.Add("Log", RowMath.Sum(g, g.Add("Exp", logits), k));
        return g.Add("Sub", g.Add("Mul", residual, g.Constant([(float)alpha], 1, 1)), energy);
    }
}
