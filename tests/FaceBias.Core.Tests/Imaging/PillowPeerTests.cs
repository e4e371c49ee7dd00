using System.Diagnostics;
using FaceBias.Core.Imaging;
using FaceBias.Tests;
using NetVips;

namespace FaceBias.Core.Tests.Imaging;

/// <summary>The recipe in the documentation of <see cref="ImageDecoder"/>, run by Pillow, gives the same
/// pixels.</summary>
public class PillowPeerTests
{
    private const string Script = """
        import sys
        from PIL import Image, ImageOps
        W, H = 96, 80
        for path in open(sys.argv[1]).read().splitlines():
            image = Image.open(path)
            w, h = image.size
            if image.format == 'JPEG':
                image.draft('RGB', (2 * W, 2 * H))
                k = -(-w // image.size[0])
                image = image.crop((0, 0, w // k, h // k)) if k > 1 else ImageOps.exif_transpose(image)
            image = image.convert('RGB')
            w, h = image.size
            bw, bh = min(w, h * W / H), min(h, w * H / W)
            left, top = (w - bw) / 2, (h - bh) / 2
            sys.stdout.buffer.write(image.resize((W, H), Image.BILINEAR, (left, top, left + bw, top + bh)).tobytes())
        """;

    [Fact]
    public void Pillow_gives_the_same_pixels()
    {
        var folder = TestPaths.NewFolder();
        var spec = new ImageSpec(96, 80);
        foreach (var (width, height) in new[] { (200, 200), (97, 300), (301, 64), (20, 30), (500, 401), (999, 803),
            (1777, 1601) })
        {
            using var image = TestImages.Image(width, height);
            File.WriteAllBytes(Path.Combine(folder, $"{width}.jpg"),
                image.JpegsaveBuffer(q: 90, keep: Enums.ForeignKeep.None));
            File.WriteAllBytes(Path.Combine(folder, $"{width}.png"), image.PngsaveBuffer());
            using var tagged = image.Mutate(m => m.Set(GValue.GIntType, "orientation", 6));
            if (width < 400)
                File.WriteAllBytes(Path.Combine(folder, $"{width}-turned.jpg"), tagged.JpegsaveBuffer(q: 90));
        }
        using var grey = TestImages.Image(130, 90, 1);
        File.WriteAllBytes(Path.Combine(folder, "grey.jpg"), grey.JpegsaveBuffer(q: 80));
        File.WriteAllBytes(Path.Combine(folder, "grey.png"), grey.PngsaveBuffer());
        var paths = Directory.GetFiles(folder).Order(StringComparer.Ordinal).ToArray();
        var list = Path.Combine(folder, "list.txt");
        File.WriteAllLines(list, paths);
        var expected = RunPython(list);
        Assert.Equal(paths.Length * spec.Length, expected.Length);

        var planes = new float[spec.Length];
        foreach (var decoder in new[] { new ImageDecoder(), new ImageDecoder { FastJpeg = false } })
        {
            for (var f = 0; f < paths.Length; f++)
            {
                Assert.Null(decoder.Decode(paths[f], spec, planes).Problem);
                var size = spec.Width * spec.Height;
                var worst = Enumerable.Range(0, spec.Length).Max(
                    i => Math.Abs(planes[i % 3 * size + i / 3] - expected[f * spec.Length + i]));
                Assert.Equal((Path.GetFileName(paths[f]), 0f), (Path.GetFileName(paths[f]), worst));
            }
        }
    }

    private static byte[] RunPython(string list)
    {
        try
        {
            using var python =
                Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", Script, list])
                    { RedirectStandardOutput = true })!;
            using var output = new MemoryStream();
            python.StandardOutput.BaseStream.CopyTo(output);
            python.WaitForExit();
            Assert.SkipUnless(python.ExitCode == 0, "needs a Python with Pillow");
            return output.ToArray();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("needs Python");
            return [];
        }
    }
}
