using FaceBias.Core.Curation;
using FaceBias.Core.Imaging;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Imaging;

/// <summary>Every row of the section 'pictures' of the fault collection.</summary>
public class FaultPictureTests
{
    private static readonly ImageSpec Spec = new(64, 64);

    private static ProbeResult Look(string name) =>
        new ImageProbe().Look(Path.Combine(TestPaths.RealData("faults/pictures"), name));

    private static float[] Pixels(string name, out string? problem)
    {
        var pixels = new float[Spec.Length];
        problem = new ImageDecoder().Decode(Path.Combine(TestPaths.RealData("faults/pictures"), name), Spec,
            pixels).Problem;
        return pixels;
    }

    [Fact]
    public void Cut_tiffs_are_refused_by_every_decoder_and_the_whole_one_is_read()
    {
        var folder = TestPaths.RealData("faults/pictures");
        foreach (var (name, decoder) in PictureEndTests.Decoders())
        {
            var pixels = new float[Spec.Length];
            Assert.True(decoder.Decode(Path.Combine(folder, "raw_full.tif"), Spec, pixels).Ok, name);
            Assert.Contains("cut off", decoder.Decode(Path.Combine(folder, "raw_cut1.tif"), Spec, pixels).Problem,
                StringComparison.Ordinal);
            Assert.Contains("cut off", decoder.Decode(Path.Combine(folder, "jpeg_cut20.tif"), Spec, pixels).Problem,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Heic_is_named() => Assert.Contains("HEIC", Look("real.heic").Problem, StringComparison.Ordinal);

    [Fact]
    public void Bitmaps_are_decoded_whatever_they_are_called()
    {
        Assert.Equal(Pixels("b.bmp", out var problem), Pixels("bmp_in.jpg", out var other));
        Assert.Null(problem);
        Assert.Null(other);
    }

    [Fact]
    public void A_picture_that_exif_turns_is_a_near_copy_of_the_upright_one()
    {
        var (phone, upright) = (Look("exif_pair/phone.jpg"), Look("exif_pair/upright.jpg"));
        Assert.InRange(System.Numerics.BitOperations.PopCount(phone.PHash ^ upright.PHash), 0,
            NearDuplicates.DefaultDistance);
    }
}
