using FaceBias.Core.Curation;
using FaceBias.Core.Imaging;
using FaceBias.Core.Tests.Imaging;
using NetVips;

namespace FaceBias.Benchmarks.Robustness;

/// <summary>Damaged pictures of every format, looked at as curation does and decoded as training does.</summary>
internal sealed class PictureCases : Cases
{
    private static readonly ImageSpec Spec = new(64, 64);

    private readonly List<(string Name, byte[] Bytes)> _pictures = [];

    protected override void Prepare(string folder)
    {
        using var image = TestImages.Image(96, 80);
        using var grey = TestImages.Image(61, 47, 1);
        using var alpha = TestImages.Image(50, 40, 4);
        using var turned = image.Mutate(m => m.Set(GValue.GIntType, "orientation", 6));
        using var print = image.IccTransform("cmyk", embedded: false, inputProfile: "srgb");
        using var fractions = image.Linear([1 / 255.0], [0.0]).Cast(Enums.BandFormat.Float);
        using var frames =
            image.Join(image.Invert(), Enums.Direction.Vertical).Mutate(m => m.Set(GValue.GIntType, "page-height", 80));
        void Add(string name, byte[] bytes) => _pictures.Add((name, bytes));
        Add("a.jpg", image.JpegsaveBuffer(q: 90));
        Add("progressive.jpg", turned.JpegsaveBuffer(q: 90, interlace: true));
        Add("print.jpg", print.JpegsaveBuffer(q: 90));
        Add("a.png", image.PngsaveBuffer());
        Add("interlaced.png", alpha.PngsaveBuffer(interlace: true));
        Add("palette.png", alpha.PngsaveBuffer(palette: true));
        Add("a.gif", image.GifsaveBuffer());
        Add("frames.gif", frames.GifsaveBuffer());
        Add("a.webp", image.WebpsaveBuffer(q: 90));
        Add("frames.webp", frames.WebpsaveBuffer(lossless: true));
        foreach (var compression in new[] { Enums.ForeignTiffCompression.None, Enums.ForeignTiffCompression.Lzw,
            Enums.ForeignTiffCompression.Jpeg, Enums.ForeignTiffCompression.Deflate })
            Add($"{compression}.tif", image.TiffsaveBuffer(compression: compression));
        Add("tiles.tif", image.TiffsaveBuffer(tile: true, tileWidth: 32, tileHeight: 32, bigtiff: true));
        Add("float.tif", fractions.TiffsaveBuffer());
        Add("first.tif", TestImages.Tiff(24, 20, motorola: true));
        Add("a.avif", image.HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1));
        Add("a.bmp", TestImages.Bmp(24, 20));
        Add("alpha.bmp", TestImages.Bmp(24, 20, 32, alpha: i => (byte)i));
        Add("runs.bmp", TestImages.PaletteBmp(4, 2, 8, 1, [1, 0, 1, 1, 2, 0, 0, 0, 1, 1, 3, 0, 0, 1]));
        for (var kind = 1; kind <= 6; kind++)
            Add($"{kind}.ppm", TestImages.Netpbm(kind, 24, 20));
        Add("grey.jpg", grey.JpegsaveBuffer());
    }

    protected override Outcome Run(Random random, string folder)
    {
        var (name, bytes) = _pictures[random.Next(_pictures.Count)];
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, Damage.Of(bytes, random));
        var looked = new ImageProbe().Look(path);
        var pixels = new float[Spec.Length];
        var decoded = new ImageDecoder().Decode(path, Spec, pixels);
        if (looked.Problem is null != decoded.Ok)
            return new(Kind.Other, $"{name}: curation says '{looked.Problem}', decoding says '{decoded.Problem}'");
        if (decoded.Ok && !pixels.All(p => p is >= 0 and <= 255))
            return new(Kind.Other, $"{name}: pixels outside 0 to 255");
        return decoded.Problem is { } problem ? Outcome.Refused(problem) : Outcome.Ok;
    }
}
