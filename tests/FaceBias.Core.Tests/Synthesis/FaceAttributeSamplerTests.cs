using FaceBias.Synthesis;
using MathNet.Numerics.Distributions;

namespace FaceBias.Core.Tests.Synthesis;

public class FaceAttributeSamplerTests
{
    /// <summary>Over 14 tests at one part in 10,000: a right sampler passes all seeds tried here, a wrong weight of a
    /// few per cent fails.</summary>
    private const double Significance = 1e-4;

    private static readonly SynthSpec Spec = SynthSpec.Parse("""
        {
          "gender": {"female": 3, "male": 1},
          "age": [{"from": 18, "to": 29, "share": 1}, {"from": 60, "to": 60, "share": 2}],
          "skin_tone": {"monk_1": 1, "monk_6": 2, "monk_10": 1},
          "hair": {"female": {"bald": 1, "bob": 2}, "male": {"short": 1, "buzz": 1, "long": 2}},
          "hair_colour": {"light": {"red": 1, "blond": 3}, "dark": {"black": 1, "brown": 1}},
          "glasses": {"yes": 1, "no": 9},
          "background": {"indoor": 1, "outdoor": 1},
          "light": {"dim": 1, "soft": 4}
        }
        """, "test");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Attributes_follow_the_distributions(long seed)
    {
        var sampler = new FaceAttributeSampler(Spec, seed);
        var faces = Enumerable.Range(0, 20_000).Select(i => sampler.Sample(i, null, balanced: true)).ToArray();

        Follows(faces, f => f.Gender, new() { [SynthGender.Female] = 0.75, [SynthGender.Male] = 0.25 });
        Follows(faces, f => f.SkinTone, new() { [1] = 0.25, [6] = 0.5, [10] = 0.25 });
        Follows(faces, f => f.Age,
            Enumerable.Range(18, 12).ToDictionary(a => a, _ => 1 / 36.0).Append(new(60, 2 / 3.0)).ToDictionary());
        Follows([.. faces.Where(f => f.Gender == SynthGender.Female)], f => f.Hair,
            new() { [HairStyle.Bald] = 1 / 3.0, [HairStyle.Bob] = 2 / 3.0 });
        Follows([.. faces.Where(f => f.Gender == SynthGender.Male)], f => f.Hair,
            new() { [HairStyle.Short] = 0.25, [HairStyle.Buzz] = 0.25, [HairStyle.Long] = 0.5 });
        Follows([.. faces.Where(f => f.SkinTone == 1)], f => f.HairColour,
            new() { [HairColour.Red] = 0.25, [HairColour.Blond] = 0.75 });
        Follows(faces, f => f.Glasses, new() { [true] = 0.1, [false] = 0.9 });
        // Independent of one another: a pair is as frequent as the product says.
        Follows(faces, f => (f.Gender, f.Light), new()
        {
            [(SynthGender.Female, SynthLight.Dim)] = 0.15, [(SynthGender.Female, SynthLight.Soft)] = 0.6,
            [(SynthGender.Male, SynthLight.Dim)] = 0.05, [(SynthGender.Male, SynthLight.Soft)] = 0.2,
        });
    }

    [Fact]
    public void Nobody_under_18_is_bald()
    {
        var sampler = new FaceAttributeSampler(Spec with { Age = [new(3, 17, 1)] }, 5);
        Assert.DoesNotContain(Enumerable.Range(0, 2000), i => sampler.Sample(i, null, true).Hair == HairStyle.Bald);
    }

    [Fact]
    public void The_correlation_holds_outside_the_balanced_part_only()
    {
        var spec = Spec with
        {
            Planted = new() {
                Correlation = new() { Nuisance = "glasses", Female = ["no"], Male = ["yes"], Agreement = 0.9 } },
        };
        var sampler = new FaceAttributeSampler(spec, 3);
        bool Agrees(FaceAttributes f) => f.Glasses == (f.Gender == SynthGender.Male);
        Follows([.. Enumerable.Range(0, 8000).Select(i => sampler.Sample(i, null, balanced: false))], Agrees,
            new() { [true] = 0.9, [false] = 0.1 });
        Follows([.. Enumerable.Range(0, 8000).Select(i => sampler.Sample(i, null, balanced: true))],
            f => (f.Gender, f.Glasses), new()
        {
            [(SynthGender.Female, true)] = 0.375, [(SynthGender.Female, false)] = 0.375,
            [(SynthGender.Male, true)] = 0.125, [(SynthGender.Male, false)] = 0.125,
        });
    }

    [Fact]
    public void Membership_of_the_rare_group_is_as_asked()
    {
        var group = new SynthRareGroup { Gender = ["male"], SkinTone = ["monk_10"], AgeFrom = 30 };
        var sampler = new FaceAttributeSampler(Spec with { Planted = new() { RareGroup = group } }, 4);
        for (var i = 0; i < 500; i++)
            foreach (var wanted in new[] { true, false })
            {
                var f = sampler.Sample(i, wanted, true);
                Assert.Equal(wanted, f is { Gender: SynthGender.Male, SkinTone: 10, Age: >= 30 });
            }
        Assert.Equal(0.25 * 0.25 * 2 / 3, SynthSpecCheck.Probability(Spec, group), 12);
    }

    /// <summary>Pearson's chi-square test of counts against probabilities.</summary>
    private static void Follows<T>(FaceAttributes[] faces, Func<FaceAttributes, T> of, Dictionary<T, double> expected)
        where T : notnull
    {
        var counts = faces.CountBy(of).ToDictionary();
        Assert.Empty(counts.Keys.Except(expected.Keys));
        var statistic = expected.Sum(
            e => Math.Pow(counts.GetValueOrDefault(e.Key) - e.Value * faces.Length, 2) / (e.Value * faces.Length));
        var p = 1 - ChiSquared.CDF(expected.Count - 1, statistic);
        Assert.True(p > Significance,
            $"chi-square {statistic:0.0} on {expected.Count - 1} degrees of freedom, p = {p:0.000000}");
    }
}
