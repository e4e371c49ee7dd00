namespace FaceBias.Synthesis;

/// <summary>What is behind a face, out of focus.</summary>
internal static class SceneDrawing
{
    public static void Background(SvgCanvas canvas, SynthBackground kind, SynthRandom random)
    {
        switch (kind)
        {
            case SynthBackground.Cool:
                Backdrop(canvas, Rgb.Hex(random.Below(3) switch { 0 => "#7f9db5", 1 => "#6f8fa0", _ => "#8fa5bd" }),
                    random);
                break;
            case SynthBackground.Warm:
                Backdrop(canvas, Rgb.Hex(random.Below(3) switch { 0 => "#c2a184", 1 => "#b98f78", _ => "#c9b28c" }),
                    random);
                break;
            case SynthBackground.Indoor:
                Room(canvas, random);
                break;
            default:
                Garden(canvas, random);
                break;
        }
    }

    private static void Backdrop(SvgCanvas canvas, Rgb colour, SynthRandom random) =>
        canvas.Rect(0, 0, 200, 200,
            canvas.Radial(random.Between(0, 200), random.Between(0, 200), random.Between(120, 220),
            (0, colour.Mix(Rgb.White, random.Between(0.15, 0.45)), 1),
            (1, colour.Times(random.Between(0.55, 0.8)), 1)));

    private static void Room(SvgCanvas canvas, SynthRandom random)
    {
        var wall = Rgb.Hex(random.Below(3) switch { 0 => "#b9b4a8", 1 => "#8d8478", _ => "#a5adb0" });
        canvas.Rect(0, 0, 200, 200, wall);
        for (var i = 0; i < 6; i++)
        {
            var colour = wall.Times(random.Between(0.5, 1.3)).Mix(Rgb.Hex("#7a5a3c"), random.Between(0, 0.5));
            canvas.Soft(random.Between(0, 200), random.Between(0, 160), random.Between(25, 60), random.Between(50, 130),
                colour, 0.9);
        }
        canvas.Soft(random.Chance(0.5) ? 15 : 185, 45, 55, 75, Rgb.Hex("#f4f8fa"), 1);
    }

    private static void Garden(SvgCanvas canvas, SynthRandom random)
    {
        canvas.Rect(0, 0, 200, 200,
            canvas.Linear(0, 0, 0, 200, (0, Rgb.Hex("#b7d0e2"), 1), (0.5, Rgb.Hex("#c9d8c0"), 1),
                (1, Rgb.Hex("#6d8a55"), 1)));
        for (var i = 0; i < 16; i++)
        {
            var r = random.Between(16, 44);
            canvas.Soft(random.Between(-10, 210), random.Between(40, 210), r, r,
                Rgb.Hex("#5f8048").Times(random.Between(0.6, 1.4)).Mix(Rgb.Hex("#c9c26a"), random.Between(0, 0.4)), 1);
        }
    }
}
