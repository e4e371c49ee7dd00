namespace FaceBias.Synthesis;

/// <summary>Draws one face as SVG from its attributes: neck and clothes, head, features, hair, glasses.</summary>
internal sealed partial class FaceDrawing
{
    private readonly SvgCanvas _canvas = new();
    private readonly FaceAttributes _face;
    private readonly FaceShape _shape;
    private readonly SkinPalette _skin;
    private readonly Rgb _hair;
    private readonly SynthRandom _random;
    private readonly SvgPath _outline;

    private FaceDrawing(FaceAttributes face, double cueStrength, long seed, long index)
    {
        _face = face;
        _shape = new FaceShape(face, cueStrength, new SynthRandom(seed, index, stream: 1));
        _random = new SynthRandom(seed, index, stream: 2);
        _skin = MonkSkinTone.Palette(face.SkinTone);
        _outline = _shape.Outline();
        var colour = Rgb.Hex(face.HairColour switch
        {
            HairColour.Black => "#1d1a1b",
            HairColour.Brown => "#4a3122",
            HairColour.Blond => "#b8945a",
            _ => "#8c4523",
        });
        _hair = colour.Times(_random.Between(0.85, 1.18)).Mix(Rgb.Hex("#c9c7c4"), _shape.Grey * 0.88);
    }

    /// <summary>The face as SVG text.</summary>
    public static string ToSvg(FaceAttributes face, double cueStrength, long seed, long index, int pixels)
    {
        var drawing = new FaceDrawing(face, cueStrength, seed, index);
        drawing.Draw();
        return drawing._canvas.ToSvg(pixels);
    }

    private void Draw()
    {
        SceneDrawing.Background(_canvas, _face.Background, new SynthRandom(_random.Seed(), 0));
        using (_canvas.Transform(_shape.Dx, _shape.Dy, _shape.Turn, _shape.Scale, 100, 110))
        {
            BackHair();
            NeckAndClothes();
            Ears();
            _canvas.Fill(_outline, _skin.Skin);
            using (_canvas.Clip(_outline))
            {
                Modelling();
                AgeLines();
                Beard();
            }
            using (_canvas.Transform(_shape.Yaw, 0, 0, 1, 100, 100))
            {
                Nose();
                Mouth();
                Eye(-1);
                Eye(1);
                Brow(-1);
                Brow(1);
            }
            FrontHair();
            if (_face.Glasses)
                Glasses();
        }
    }

    private void NeckAndClothes()
    {
        var (n, chin) = (_shape.NeckHalf, _shape.Chin);
        var neck = new SvgPath().Move(100 - n, chin - 34).Line(100 + n, chin - 34)
            .Curve(100 + n, chin + 8, 100 + n + 2, chin + 14, 100 + n + 26, chin + 24)
            .Line(230, 240).Line(-30, 240).Line(100 - n - 26, chin + 24)
            .Curve(100 - n - 2, chin + 14, 100 - n, chin + 8, 100 - n, chin - 34).Close();
        _canvas.Fill(neck, _skin.Skin.Mix(_skin.Shadow, 0.35));
        using (_canvas.Clip(neck))
            _canvas.Soft(100, chin - 4, n + 22, 28, _skin.Shadow.Mix(_skin.Line, 0.5), 0.95);

        var cloth = Rgb.Hex(_random.Below(9) switch
        {
            0 => "#2f3e55", 1 => "#6b2e37", 2 => "#3c5a4a", 3 => "#d9d4c8", 4 => "#7c7f86", 5 => "#8a6d4b",
            6 => "#23252b", 7 => "#5c4a6b", _ => "#a9b7c4",
        });
        var shoulders = 70 + n * 0.6 - 16 * _shape.Child;
        var collar = _random.Between(9, 22);
        var left = 100 - shoulders;
        var right = 100 + shoulders;
        var shirt = new SvgPath().Move(left - 20, 240).Curve(left - 6, chin + 40, left + 12, chin + 32, 100 - n - 12,
            chin + 19)
            .Curve(100 - n * 0.6, chin + 19 + collar, 100 + n * 0.6, chin + 19 + collar, 100 + n + 12, chin + 19)
            .Curve(right - 12, chin + 32, right + 6, chin + 40, right + 20, 240).Close();
        _canvas.Fill(shirt,
            _canvas.Linear(0, chin + 10, 0, 210, (0, cloth.Mix(Rgb.White, 0.08), 1), (1, cloth.Times(0.75), 1)));
        _canvas.Stroke(new SvgPath().Move(100 - n - 12, chin + 19)
            .Curve(100 - n * 0.6, chin + 19 + collar, 100 + n * 0.6, chin + 19 + collar, 100 + n + 12, chin + 19),
            cloth.Times(0.6), 2, 0.7);
    }

    private void Ears()
    {
        foreach (var s in (ReadOnlySpan<int>)[-1, 1])
        {
            var (x, y) = (100 + s * (_shape.CheekHalf + 1.5), _shape.EyeY + 9);
            _canvas.Ellipse(x, y, 6.5, _shape.EarHeight, _skin.Skin.Mix(_skin.Shadow, 0.3));
            _canvas.Ellipse(x + s * 0.5, y + 1, 3.4, _shape.EarHeight * 0.62, _skin.Shadow, 0.6);
        }
    }

    /// <summary>Light and shadow of the head: what turns an outline into a volume.</summary>
    private void Modelling()
    {
        var (w, eyeY, chin, jaw) = (_shape.CheekHalf, _shape.EyeY, _shape.Chin, _shape.JawHalf);
        var (shadow, light, flat) = (_skin.Shadow, _skin.Light, 1 - 0.5 * _shape.Child);
        var shift = _random.Between(-8, 8);
        _canvas.Rect(0, 0, 200, 220, _canvas.Radial(100 + shift, eyeY + 6, w * 1.7,
            (0, light, 0.6), (0.40, _skin.Skin, 0), (0.56, shadow, 0.12), (0.80, shadow, 0.62), (1, shadow, 0.95)));
        _canvas.Soft(100, eyeY - 32, 36, 20, light, 0.6);
        _canvas.Soft(100, _shape.Top, w * 1.25, 24, shadow, 0.5);
        foreach (var s in (ReadOnlySpan<int>)[-1, 1])
        {
            _canvas.Soft(100 + s * (_shape.EyeGap - 1), eyeY - 2, 22, 15, shadow, 0.30 + 0.42 * flat);
            _canvas.Soft(100 + s * 30, eyeY + 29, 21, 15, _skin.Blush,
                0.42 + 0.20 * _shape.Child + 0.25 * _shape.MakeUp);
            _canvas.Soft(100 + s * 29, eyeY + 17, 16, 8, light, 0.6);
            _canvas.Soft(100 + s * (jaw + 4), _shape.JawY - 4, 22, 34, shadow, 0.75);
            _canvas.Soft(100 + s * (w - 1), eyeY - 16, 13, 22, shadow, 0.5);
            // Hollow cheeks and jowls come with age.
            _canvas.Soft(100 + s * 38, _shape.MouthY - 8, 12, 24, shadow, 0.75 * _shape.Old);
        }
        _canvas.Soft(100, _shape.MouthY + _shape.LowerLip + 6, 17, 6, shadow, 0.85);
        _canvas.Soft(100, chin - 9, 16, 10, light, 0.55);
        _canvas.Soft(100, chin + 2, 34, 9, shadow, 0.7);
        if (_shape.Freckles > 0)
            for (var i = 0; i < 46; i++)
                _canvas.Ellipse(_random.Normal(100, 24), eyeY + 19 + _random.Normal(0, 7), 0.8, 0.7,
                    shadow.Mix(_skin.Line, 0.25), 0.5 * _shape.Freckles);
    }
}
