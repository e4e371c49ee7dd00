namespace FaceBias.Synthesis;

/// <summary>Draws the attributes of faces from the distributions of a spec; those of an image depend on (seed, index)
/// and on what the plan says of it, on nothing else.</summary>
internal sealed class FaceAttributeSampler
{
    private readonly SynthSpec _spec;
    private readonly long _seed;
    private readonly double[] _gender, _age, _tone, _glasses, _background, _light;
    private readonly double[][] _hair, _hairColour;

    public FaceAttributeSampler(SynthSpec spec, long seed)
    {
        (_spec, _seed) = (spec, seed);
        _gender = spec.Gender.Weights(SynthNames.All<SynthGender>());
        _age = [.. spec.Age.Select(b => b.Share)];
        _tone = spec.SkinTone.Weights(MonkSkinTone.Labels);
        _glasses = spec.Glasses.Weights(SynthNames.NoYes);
        _background = spec.Background.Weights(SynthNames.All<SynthBackground>());
        _light = spec.Light.Weights(SynthNames.All<SynthLight>());
        _hair = [.. SynthNames.All<SynthGender>().Select(g => spec.Hair[g].Weights(SynthNames.All<HairStyle>()))];
        _hairColour = [.. new[] { "light", "dark" }.Select(
            k => spec.HairColour[k].Weights(SynthNames.All<HairColour>()))];
    }

    /// <summary>The attributes of an image.</summary>
    /// <param name="inRareGroup">Whether it must belong to the rare group; null where there is none.</param>
    /// <param name="balanced">Whether the planted correlation leaves it alone.</param>
    public FaceAttributes Sample(long index, bool? inRareGroup, bool balanced)
    {
        var random = new SynthRandom(_seed, index);
        SynthGender gender;
        int tone, age;
        // The group's probability has been checked to be neither 0 nor 1, so the loop ends.
        do
        {
            gender = (SynthGender)random.Weighted(_gender);
            tone = 1 + random.Weighted(_tone);
            var band = _spec.Age[random.Weighted(_age)];
            age = band.From + random.Below(band.To - band.From + 1);
        }
        while (inRareGroup is { } wanted && _spec.Planted.RareGroup!.Contains(gender, tone, age) != wanted);

        ReadOnlySpan<double> styles = _hair[(int)gender];
        var hair = age < 18 ? 1 + random.Weighted(styles[1..]) : random.Weighted(styles);
        var colour = random.Weighted(_hairColour[tone <= 5 ? 0 : 1]);
        var glasses = random.Weighted(Correlated("glasses", _glasses, SynthNames.NoYes, gender, balanced, random)) == 1;
        var background =
            random.Weighted(
                Correlated("background", _background, SynthNames.All<SynthBackground>(), gender, balanced, random));
        var light = random.Weighted(
            Correlated("light", _light, SynthNames.All<SynthLight>(), gender, balanced, random));
        return new FaceAttributes(
            gender, age, tone, (HairStyle)hair, (HairColour)colour, glasses, (SynthBackground)background,
            (SynthLight)light);
    }

    /// <summary>The weights of a nuisance for one face: those of the values that go with its gender, or with the other
    /// one for the disagreeing few. In the balanced part both kinds stay, whatever the gender.</summary>
    private double[] Correlated(
        string nuisance, double[] weights, IReadOnlyList<string> names, SynthGender gender, bool balanced,
        SynthRandom random)
    {
        if (_spec.Planted.Correlation is not { } c || c.Nuisance != nuisance)
            return weights;
        var agrees = random.Chance(balanced ? 0.5 : c.Agreement);
        var values = gender == SynthGender.Male == agrees ? c.Male : c.Female;
        return [.. weights.Select((w, i) => values.Contains(names[i]) ? w : 0)];
    }
}
