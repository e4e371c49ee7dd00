using System.Xml.Linq;
using FaceBias.Synthesis;
using FsCheck;
using FsCheck.Fluent;

namespace FaceBias.Core.Tests.Synthesis;

public class FaceDrawingTests
{
    private static readonly Gen<FaceAttributes> Faces =
        from gender in Gen.Elements(Enum.GetValues<SynthGender>())
        from age in Gen.Choose(1, 100)
        from tone in Gen.Choose(1, 10)
        from hair in Gen.Elements(Enum.GetValues<HairStyle>())
        from colour in Gen.Elements(Enum.GetValues<HairColour>())
        from glasses in Gen.Elements(true, false)
        from background in Gen.Elements(Enum.GetValues<SynthBackground>())
        from light in Gen.Elements(Enum.GetValues<SynthLight>())
        select new FaceAttributes(gender, age, tone, hair, colour, glasses, background, light);

    [Fact]
    public void Every_combination_becomes_well_formed_svg_without_odd_numbers() =>
        Prop.ForAll(Faces.ToArbitrary(), Gen.Choose(0, 1_000_000).ToArbitrary(), (face, index) =>
        {
            var svg = FaceDrawing.ToSvg(face, 1, 3, index, 200);
            var parsed = XDocument.Parse(svg);
            var ids = parsed.Descendants().Select(e => e.Attribute("id")?.Value).OfType<string>().ToHashSet();
            var used = parsed.Descendants().Attributes().Where(
                a => a.Value.StartsWith("url(#", StringComparison.Ordinal)).Select(a => a.Value[5..^1]);
            return !svg.Contains("NaN", StringComparison.Ordinal) && !svg.Contains('∞') && used.All(ids.Contains);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(10)]
    public void The_skin_has_the_published_colour(int tone)
    {
        var face = new FaceAttributes(SynthGender.Female, 30, tone, HairStyle.Bun, HairColour.Black, false,
            SynthBackground.Cool, SynthLight.Soft);
        Assert.Contains($"fill=\"{MonkSkinTone.Hex(tone)}\"", FaceDrawing.ToSvg(face, 1, 1, 1, 200),
            StringComparison.Ordinal);
        // In the picture too: the median of the cheeks of many faces stays near it, light and shadow included.
        var target = Rgb.Hex(MonkSkinTone.Hex(tone));
        var reds = Enumerable.Range(0, 15).Select(i =>
        {
            var pixels = FaceRenderer.Rasterise(FaceDrawing.ToSvg(face, 1, 1, i, 200), 200);
            return pixels[3 * (118 * 200 + 68)];
        }).Order().ToArray();
        Assert.InRange(reds[7], target.R - 30, target.R + 30);
    }

    [Fact]
    public void Cues_of_gender_overlap_and_vanish_at_strength_zero()
    {
        var brows = (SynthGender gender, double strength) => Enumerable.Range(0, 1500).Select(i => new FaceShape(
            new(gender, 30, 5, HairStyle.Short, HairColour.Black, false, SynthBackground.Cool, SynthLight.Soft),
            strength, new SynthRandom(1, i, gender == SynthGender.Male ? 1 : 2)).BrowThickness).ToArray();
        double Above(double strength)
        {
            var (male, female) = (brows(SynthGender.Male, strength), brows(SynthGender.Female, strength));
            return male.Zip(female).Count(p => p.First > p.Second) / (double)male.Length;
        }
        // The probability that a man's brow is the thicker one: above chance, far from certain; at 0 a coin toss.
        Assert.InRange(Above(1), 0.75, 0.95);
        Assert.InRange(Above(0), 0.45, 0.55);
    }

    [Fact]
    public void Pictures_without_a_face_decode_and_differ()
    {
        var pictures = Enumerable.Range(0, 12).Select(
            i => Convert.ToBase64String(FaceRenderer.Rasterise(NonFaceDrawing.ToSvg(1, i, 64), 64))).ToArray();
        Assert.Equal(12, pictures.Distinct().Count());
    }

    [Fact]
    public void Noise_has_the_deviation_asked_for()
    {
        var pixels = new byte[300_000];
        Array.Fill(pixels, (byte)128);
        FaceRenderer.AddNoise(pixels, 0.05, new SynthRandom(1, 1));
        var mean = pixels.Average(b => (double)b);
        var deviation = Math.Sqrt(pixels.Average(b => (b - mean) * (b - mean)));
        Assert.InRange(mean, 127.5, 128.7);
        Assert.InRange(deviation, 0.95 * 12.75, 1.05 * 12.75);
    }
}
