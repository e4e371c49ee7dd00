using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Explaining.Superpixels;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>Scores of a picture with some of its superpixels hidden.</summary>
internal sealed class SuperpixelScores(ExplainedScore score, float[] picture, float[] hidden, Segmentation segments,
    ScoreBudget budget)
{
    /// <param name="rows">For each changed picture 1 for a superpixel that is shown, 0 for a hidden one.</param>
    public double[] Of(double[][] rows, string step)
    {
        var size = segments.Labels.Length;
        return ScoreBatches.Run(score, rows.Length, (index, to) =>
        {
            var row = rows[index];
            for (var c = 0; c < 3; c++)
            {
                for (var i = 0; i < size; i++)
                    to[c * size + i] = row[segments.Labels[i]] != 0 ? picture[c * size + i] : hidden[c * size + i];
            }
        }, budget, step);
    }

    /// <summary>How many superpixels look the same when they are hidden: of them nothing can be learnt.</summary>
    public int Unchanged()
    {
        const float Visible = 4;
        var size = segments.Labels.Length;
        var changed = new bool[segments.Count];
        for (var i = 0; i < picture.Length; i++)
            changed[segments.Labels[i % size]] |= Math.Abs(picture[i] - hidden[i]) > Visible;
        return changed.Count(c => !c);
    }
}
