namespace FaceBias.Synthesis;

/// <summary>Pictures without a face: a landscape, a still life, a building, stripes, a page.</summary>
internal static class NonFaceDrawing
{
    public static string ToSvg(long seed, long index, int pixels)
    {
        var canvas = new SvgCanvas();
        var random = new SynthRandom(seed, index, stream: 3);
        switch (random.Below(5))
        {
            case 0: Landscape(canvas, random); break;
            case 1: StillLife(canvas, random); break;
            case 2: Building(canvas, random); break;
            case 3: Stripes(canvas, random); break;
            default: Page(canvas, random); break;
        }
        return canvas.ToSvg(pixels);
    }

    private static Rgb Any(SynthRandom random) =>
        new(random.Between(20, 235), random.Between(20, 235), random.Between(20, 235));

    private static void Landscape(SvgCanvas canvas, SynthRandom random)
    {
        canvas.Rect(0, 0, 200, 200,
            canvas.Linear(0, 0, 0, 130, (0, Rgb.Hex("#5c8fc4"), 1),
                (1, Rgb.Hex("#f0d9b8").Mix(Rgb.White, random.Unit()), 1)));
        canvas.Soft(random.Between(20, 180), random.Between(20, 70), 30, 30, Rgb.Hex("#fff3c4"), 1);
        for (var layer = 0; layer < 3; layer++)
        {
            var y = 85 + 32 * layer;
            var hills = new SvgPath().Move(0, 200).Line(0, y + random.Normal(0, 8));
            for (var x = 40; x <= 200; x += 40)
                hills.Quad(x - 20, y + random.Normal(0, 22), x, y + random.Normal(0, 8));
            canvas.Fill(hills.Line(200, 200).Close(),
                Rgb.Hex("#7f9a8a").Mix(Rgb.Hex("#2e4a2a"), layer / 2.0).Times(random.Between(0.8, 1.2)));
        }
    }

    private static void StillLife(SvgCanvas canvas, SynthRandom random)
    {
        canvas.Rect(0, 0, 200, 200, Any(random).Mix(Rgb.White, 0.4));
        canvas.Rect(0, 125, 200, 75, Rgb.Hex("#8a6040").Times(random.Between(0.6, 1.2)));
        for (var i = 0; i < 5; i++)
        {
            var (x, r, colour) = (random.Between(20, 180), random.Between(14, 32), Any(random));
            var y = 160 - r + random.Between(0, 20);
            canvas.Soft(x + 5, y + r, r * 1.2, 7, Rgb.Black, 0.6);
            if (random.Chance(0.6))
                canvas.Ellipse(x, y, r, r,
                    canvas.Radial(x - r * 0.4, y - r * 0.4, r * 1.5, (0, colour.Mix(Rgb.White, 0.5), 1),
                        (1, colour.Times(0.5), 1)));
            else
                canvas.Rect(x - r * 0.6, y - r * 1.6, r * 1.2, r * 2.5,
                    canvas.Linear(x - r * 0.6, 0, x + r * 0.6, 0, (0, colour, 1), (1, colour.Times(0.5), 1)), 1, 5);
        }
    }

    private static void Building(SvgCanvas canvas, SynthRandom random)
    {
        canvas.Rect(0, 0, 200, 200,
            canvas.Linear(0, 0, 0, 200, (0, Rgb.Hex("#9fc0dc"), 1), (1, Rgb.Hex("#e8edf0"), 1)));
        var (left, top, wall) =
            (random.Between(10, 50), random.Between(15, 60), Any(random).Mix(Rgb.Hex("#b0a090"), 0.6));
        var (columns, rows) = (3 + random.Below(4), 4 + random.Below(4));
        canvas.Rect(left, top, 200 - 2 * left, 200 - top, wall);
        var (dx, dy) = ((200 - 2 * left) / columns, (200 - top) / rows);
        for (var i = 0; i < columns; i++)
            for (var j = 0; j < rows; j++)
                canvas.Rect(left + dx * (i + 0.25), top + dy * (j + 0.2), dx * 0.5, dy * 0.6,
                    random.Chance(0.3) ? Rgb.Hex("#f2dc9a") : Rgb.Hex("#3d4c5c"));
    }

    private static void Stripes(SvgCanvas canvas, SynthRandom random)
    {
        var (a, b) = (Any(random), Any(random));
        canvas.Rect(0, 0, 200, 200, a);
        using var turn = canvas.Transform(0, 0, random.Between(0, 180), 1, 100, 100);
        var width = random.Between(5, 22);
        for (var x = -60.0; x < 260; x += 2 * width)
            canvas.Rect(x, -60, width, 320, b);
        if (random.Chance(0.5))
            for (var y = -60.0; y < 260; y += 2 * width)
                canvas.Rect(-60, y, 320, width, a.Mix(b, 0.5), 0.5);
    }

    private static void Page(SvgCanvas canvas, SynthRandom random)
    {
        canvas.Rect(0, 0, 200, 200, Any(random).Times(0.7));
        using var turn = canvas.Transform(0, 0, random.Normal(0, 4), 1, 100, 100);
        canvas.Rect(28, 12, 144, 180, Rgb.Hex("#f7f5ee"));
        for (var y = 28.0; y < 180; y += 8)
        {
            var x = 38.0;
            while (x < 155 && random.Chance(0.92))
            {
                var word = Math.Min(random.Between(6, 24), 162 - x);
                canvas.Rect(x, y, word, 3, Rgb.Hex("#3a3a40"), 0.85);
                x += word + 4;
            }
        }
    }
}
