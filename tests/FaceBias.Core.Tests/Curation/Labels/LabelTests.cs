using FaceBias.Core.Curation.Labels;

namespace FaceBias.Core.Tests.Curation.Labels;

public class LabelTests
{
    [Fact]
    public void A_label_is_suspicious_where_another_class_gets_more_than_its_own_images_do()
    {
        // Means of the given classes: a .7 = (.9 + .8 + .4) / 3, b .575 = (.25 + .9) / 2.
        float[] probabilities = [.9f, .1f, .8f, .2f, .4f, .6f, .75f, .25f, .1f, .9f, .5f, .5f];
        int[] given = [0, 0, 0, 1, 1, -1];
        Assert.Equal([-1, -1, 1, 0, -1, -1], ConfidentLabels.Expected(probabilities, given, 2));
        // A class that nobody has is never expected.
        Assert.Equal([-1, -1], ConfidentLabels.Expected([.1f, .9f, .2f, .8f], [0, 0], 2));
    }

    [Fact]
    public void Probabilities_are_as_steep_as_the_labels_are_predictable()
    {
        var random = new Random(1);
        float[] scores = new float[4000];
        int[] sharp = new int[2000], vague = new int[2000];
        for (var i = 0; i < 2000; i++)
        {
            var s = (float)random.NextDouble();
            (scores[2 * i], scores[2 * i + 1]) = (1 - s, s);
            (sharp[i], vague[i]) =
                (s > 0.5 ? 1 : 0, random.NextDouble() < 1 / (1 + Math.Exp(-4 * (2 * s - 1))) ? 1 : 0);
        }
        var p = ConfidentLabels.Probabilities(scores, vague, 2);
        // The steepness that the labels were drawn with comes back.
        Assert.InRange(Enumerable.Range(0, 2000).Average(
            i => Math.Abs(p[2 * i + 1] - 1 / (1 + Math.Exp(-4 * (2 * scores[2 * i + 1] - 1))))), 0, 0.03);
        Assert.All(Enumerable.Range(0, 2000), i => Assert.Equal(1, p[2 * i] + p[2 * i + 1], 1e-5));
        var steep = ConfidentLabels.Probabilities(scores, sharp, 2);
        Assert.InRange(Enumerable.Range(0, 2000).Average(i => steep[2 * i + sharp[i]]), 0.97, 1);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.02)]
    public void Listed_labels_are_more_often_wrong_than_right(double share)
    {
        // A model that tells three classes apart fairly well, and is right about how sure it is.
        var random = new Random(3);
        const int Count = 6000, Classes = 3;
        var probabilities = new float[Count * Classes];
        int[] truth = new int[Count], given = new int[Count];
        for (var i = 0; i < Count; i++)
        {
            var weights = Enumerable.Range(0, Classes).Select(
                _ => Math.Exp(5 * random.NextDouble() * random.NextDouble() * 2)).ToArray();
            for (var c = 0; c < Classes; c++)
                probabilities[i * Classes + c] = (float)(weights[c] / weights.Sum());
            var draw = random.NextDouble() * weights.Sum();
            while (draw > weights[truth[i]])
                draw -= weights[truth[i]++];
            given[i] = random.NextDouble() < share ? (truth[i] + 1 + random.Next(Classes - 1)) % Classes : truth[i];
        }
        var least = ConfidentLabels.LeastMargin(probabilities, given, Classes);
        bool[] listed = [
            .. Enumerable.Range(0, Count).Select(
                i => probabilities.AsSpan(i * Classes, Classes).ToArray().Max()
                    - probabilities[i * Classes + given[i]] >= least)];
        int right = listed.Where((l, i) => l && given[i] != truth[i]).Count(), all = listed.Count(l => l);
        Assert.InRange(all, 10, Count / 5);
        Assert.InRange((double)right / all, 0.4, 1);
    }

    [Fact]
    public void Errors_are_measured_by_what_is_usual_at_such_a_prediction()
    {
        // Predictions 0 to 999; errors of the upper half are ten times as large; one of each half is off by 30.
        var predicted = Enumerable.Range(0, 1000).Select(i => (float)i).ToArray();
        var given = Enumerable.Range(0, 1000).Select(i => i + (i % 3 - 1) * (i < 500 ? 1.0 : 10)).ToArray();
        (given[50], given[950], given[3]) = (80, 980, double.NaN);
        var errors = StandardisedErrors.Of(predicted, given);
        Assert.Equal(30 / 1.4826, errors[50], 6);
        Assert.Equal(3 / 1.4826, errors[950], 6);
        Assert.True(double.IsNaN(errors[3]));
        Assert.Equal(2, errors.Count(e => Math.Abs(e) > 1.9));
    }
}
