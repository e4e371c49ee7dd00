using FaceBias.Core.Curation.Labels;

namespace FaceBias.Core.Tests.Curation.Labels;

public class LabelTests
{
    /// <summary>Scores as regression on indicators gives them: the shares, moved by what the features tell.</summary>
    private static (float[] Scores, int[] Truth, int[] Given, double[] Shares) Draw(int count, double[] shares,
        double told, double wrong, double noise = 0.15)
    {
        var random = new Random(3);
        int Class()
        {
            var (at, c) = (random.NextDouble(), 0);
            while (c < shares.Length - 1 && at > shares[c])
                at -= shares[c++];
            return c;
        }
        var scores = new float[count * shares.Length];
        int[] truth = new int[count], given = new int[count];
        for (var i = 0; i < count; i++)
        {
            truth[i] = Class();
            given[i] = random.NextDouble() < wrong ? Class() : truth[i];
            for (var c = 0; c < shares.Length; c++)
            {
                var gauss = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()))
                    * Math.Cos(2 * Math.PI * random.NextDouble());
                scores[i * shares.Length + c] =
                    (float)(shares[c] + told * ((truth[i] == c ? 1 : 0) - shares[c]) + noise * gauss);
            }
        }
        return (scores, truth, given, shares);
    }

    [Theory]
    [InlineData(new[] { 0.5, 0.5 })]
    [InlineData(new[] { 0.9, 0.1 })]
    [InlineData(new[] { 0.2, 0.2, 0.2, 0.2, 0.2 })]
    [InlineData(new[] { 0.6, 0.2, 0.1, 0.06, 0.04 })]
    public void Scores_that_tell_nothing_make_no_label_suspicious(double[] shares)
    {
        var (scores, _, given, _) = Draw(1500, shares, told: 0, wrong: 0);
        var found = new LabelNoise(scores, given, shares.Length);
        Assert.InRange(found.Skill, -0.1, 0.1);
        Assert.InRange(found.BalancedAccuracy, 1.0 / shares.Length - 0.1, 1.0 / shares.Length + 0.1);
        Assert.DoesNotContain(Enumerable.Range(0, given.Length), i => found.Of(i).Probability > 0.5);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.1)]
    public void Listed_labels_are_more_often_wrong_than_right_and_most_wrong_ones_are_listed(double share)
    {
        var (scores, truth, given, shares) = Draw(4000, [0.5, 0.3, 0.2], told: 0.6, wrong: share);
        given[7] = -1;
        var found = new LabelNoise(scores, given, shares.Length);
        Assert.InRange(found.Noise, share / 2, share * 2);
        var listed = Enumerable.Range(0, given.Length).Where(i => found.Of(i).Probability > 0.5).ToArray();
        Assert.DoesNotContain(7, listed);
        var right = listed.Count(i => given[i] != truth[i]);
        Assert.InRange((double)right / listed.Length, 0.6, 1);
        var wrong = Enumerable.Range(0, given.Length).Count(i => i != 7 && given[i] != truth[i]);
        Assert.InRange((double)right / wrong, 0.6, 1);
        // What is expected instead is the truth.
        Assert.InRange(listed.Count(i => given[i] != truth[i] && found.Of(i).Expected == truth[i]), right * 0.9, right);
    }

    [Fact]
    public void Probabilities_are_those_of_clean_labels()
    {
        // log(p / q) is the difference of the scores times (told / noise²): 0.4 / 0.04 = 10.
        var (scores, _, given, _) = Draw(6000, [0.5, 0.5], told: 0.4, wrong: 0, noise: 0.2);
        var found = new LabelNoise(scores, given, 2);
        Assert.InRange(found.Noise, 0, 0.02);
        var off = Enumerable.Range(0, given.Length).Average(i => Math.Abs(
            found.Probabilities[2 * i] - 1 / (1 + Math.Exp(-10 * (scores[2 * i] - scores[2 * i + 1])))));
        Assert.InRange(off, 0, 0.02);
        // A class that nobody has is never expected, and one class alone leaves nothing to doubt.
        var single = new LabelNoise([.1f, .9f, .2f, .8f], [0, 0], 2);
        Assert.Equal((0, 0, 0), (single.Of(0).Expected, single.Of(1).Expected, single.Skill));
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
