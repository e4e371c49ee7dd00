namespace FaceBias.Synthesis;

/// <summary>Checks the values of a spec; each message names the field, what it may be and what it is.</summary>
internal static class SynthSpecCheck
{
    /// <summary>A group less likely than this takes too many draws to find.</summary>
    private const double LeastProbability = 1e-5;

    public static void Check(SynthSpec spec, string source)
    {
        if (spec.Version != 1)
            throw Wrong("version", "1, the only version there is", spec.Version);
        Range("size", spec.Size, 48, 1024);
        Range("quality", spec.Quality, 40, 100);
        Range("cue_strength", spec.CueStrength, 0, 2);
        Range("noise", spec.Noise, 0, 0.3);
        Distribution("gender", spec.Gender, SynthNames.All<SynthGender>());
        Distribution("skin_tone", spec.SkinTone, MonkSkinTone.Labels);
        Distribution("glasses", spec.Glasses, SynthNames.NoYes);
        Distribution("background", spec.Background, SynthNames.All<SynthBackground>());
        Distribution("light", spec.Light, SynthNames.All<SynthLight>());
        Distribution("split", spec.Split, SynthNames.Splits);
        Nested("hair", spec.Hair, SynthNames.All<SynthGender>(), SynthNames.All<HairStyle>());
        Nested("hair_colour", spec.HairColour, ["light", "dark"], SynthNames.All<HairColour>());
        foreach (var (gender, styles) in spec.Hair)
            if (styles.All(s => s.Value == 0 || s.Key == "bald"))
                throw Problem($"'hair.{gender}' has no style but bald, which nobody under 18 gets; add another");
        AgeBands();
        var planted = spec.Planted;
        (string Name, double Share)[] files =
        [
            ("exact_duplicates", planted.ExactDuplicates), ("near_duplicates", planted.NearDuplicates),
            ("conflicting_duplicates", planted.ConflictingDuplicates), ("non_faces", planted.NonFaces),
            ("unreadable", planted.Unreadable),
        ];
        foreach (var (name, share) in files)
            Range($"planted.{name}", share, 0, 0.45);
        Range("planted.wrong_labels", planted.WrongLabels, 0, 0.45);
        if (files.Sum(f => f.Share) + planted.WrongLabels > 0.45)
            throw Problem("the shares in 'planted' sum to more than 0.45, which leaves too few faces to repeat; lower them");
        if (planted.RareGroup is { } group)
            RareGroup(group);
        if (planted.Correlation is { } correlation)
            Correlation(correlation);

        void AgeBands()
        {
            if (spec.Age.Count == 0)
                throw Problem("'age' has no bands; give at least one such as {\"from\": 1, \"to\": 100, \"share\": 1}");
            for (var i = 0; i < spec.Age.Count; i++)
            {
                if (spec.Age[i] is not { } band)
                    throw Problem($"'age[{i}]' is null; give it from, to and share");
                Range($"age[{i}].from", band.From, 1, 100);
                Range($"age[{i}].to", band.To, band.From, 100);
                Range($"age[{i}].share", band.Share, 0, 1e9);
            }
            if (spec.Age.Sum(b => b.Share) <= 0)
                throw Problem("the shares of 'age' are all 0; give one a positive share");
        }

        void RareGroup(SynthRareGroup group)
        {
            OneOf("planted.rare_group.gender", group.Gender, SynthNames.All<SynthGender>());
            OneOf("planted.rare_group.skin_tone", group.SkinTone, MonkSkinTone.Labels);
            Range("planted.rare_group.age_from", group.AgeFrom, 1, 100);
            Range("planted.rare_group.age_to", group.AgeTo, group.AgeFrom, 100);
            Range("planted.rare_group.share", group.Share, 0, 1);
            if (group.ShareInTest is { } inTest)
                Range("planted.rare_group.share_in_test", inTest, 0, 1);
            var probability = Probability(spec, group);
            if (probability is < LeastProbability or > 1 - LeastProbability)
                throw Problem(
                    $"'planted.rare_group' describes {(probability < 0.5 ? "nobody" : "everybody")} under the "
                        + "distributions of gender, skin_tone and age; change it or them");
        }

        void Correlation(SynthCorrelation correlation)
        {
            var (names, weights) = correlation.Nuisance switch
            {
                "glasses" => (SynthNames.NoYes, spec.Glasses),
                "background" => (SynthNames.All<SynthBackground>(), spec.Background),
                "light" => (SynthNames.All<SynthLight>(), spec.Light),
                _ => throw Wrong("planted.correlation.nuisance", "glasses, background or light",
                    $"'{correlation.Nuisance}'"),
            };
            foreach (var (field, values) in (ReadOnlySpan<(string, IReadOnlyList<string>)>)[
                ("female", correlation.Female), ("male", correlation.Male)])
            {
                OneOf($"planted.correlation.{field}", values, names);
                if (values.Sum(weights.GetValueOrDefault) <= 0)
                    throw Problem(
                        $"'planted.correlation.{field}' names no value of {correlation.Nuisance} with a positive "
                            + "weight; name one");
            }
            if (correlation.Female.Intersect(correlation.Male).FirstOrDefault() is { } both)
                throw Problem($"'planted.correlation' gives '{both}' to both genders; give it to one");
            Range("planted.correlation.agreement", correlation.Agreement, 0.5, 1);
            Range("planted.correlation.balanced_share", correlation.BalancedShare, 0, 1);
        }

        void Nested(
            string field, IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> parts,
            IReadOnlyList<string> keys, IReadOnlyList<string> names)
        {
            OneOf(field, parts.Keys, keys);
            foreach (var key in keys)
                Distribution($"{field}.{key}", parts.GetValueOrDefault(key)
                    ?? throw Problem($"'{field}' lacks '{key}'; give it a distribution"), names);
        }

        void Distribution(string field, IReadOnlyDictionary<string, double> weights, IReadOnlyList<string> names)
        {
            OneOf(field, weights.Keys, names);
            foreach (var (name, weight) in weights)
                Range($"{field}.{name}", weight, 0, 1e9);
            if (weights.Values.Sum() <= 0)
                throw Problem($"the weights of '{field}' are all 0; give one a positive weight");
        }

        void OneOf(string field, IEnumerable<string> values, IReadOnlyList<string> names)
        {
            foreach (var value in values)
                if (!names.Contains(value))
                    throw Problem($"'{field}' has '{value}', which is none of {string.Join(", ", names)}; correct it");
        }

        void Range(string field, double value, double low, double high)
        {
            // Written so that NaN fails too.
            if (!(value >= low && value <= high))
                throw Wrong(field, string.Create(CultureInfo.InvariantCulture, $"from {low} to {high}"), value);
        }

        FaceBiasException Wrong(string field, string allowed, object value) =>
            Problem(string.Create(CultureInfo.InvariantCulture,
                $"'{field}' must be {allowed}, but is {value}; correct it"));

        FaceBiasException Problem(string problem) => new($"In {source}, {problem}.");
    }

    /// <summary>Probability of the group under the distributions, before it is made rare.</summary>
    internal static double Probability(SynthSpec spec, SynthRareGroup group)
    {
        var gender = Share(spec.Gender, group.Gender);
        var tone = Share(spec.SkinTone, group.SkinTone);
        var age = spec.Age.Sum(b =>
            b.Share * Math.Max(0, Math.Min(b.To, group.AgeTo) - Math.Max(b.From, group.AgeFrom) + 1)
                / (b.To - b.From + 1.0)) / spec.Age.Sum(b => b.Share);
        return gender * tone * age;

        static double Share(IReadOnlyDictionary<string, double> weights, IReadOnlyList<string> chosen) =>
            chosen.Count == 0 ? 1 : chosen.Distinct().Sum(weights.GetValueOrDefault) / weights.Values.Sum();
    }
}
