namespace FaceBias.Synthesis;

/// <summary>Hair behind and in front of the head.</summary>
internal sealed partial class FaceDrawing
{
    private bool IsLong => _face.Hair is HairStyle.Long or HairStyle.LongWavy or HairStyle.Braids or HairStyle.Bob;

    private void BackHair()
    {
        var (w, top, chin) = (_shape.CheekHalf, _shape.Top, _shape.Chin);
        var dark = _hair.Times(0.68);
        switch (_face.Hair)
        {
            case HairStyle.Long or HairStyle.LongWavy:
            {
                var (o, end) = (_random.Between(9, 17), chin + _random.Between(18, 50));
                var wave = _face.Hair == HairStyle.LongWavy ? 6.5 : 1.0;
                List<(double, double)> points = [(100, top - 16), (100 + w * 0.62, top - 6), (100 + w * 0.98, top + 18),
                    (100 + w + o * 0.7, _shape.EyeY - 4)];
                for (var i = 0; i < 5; i++)
                    points.Add((100 + w + o + (i % 2 == 0 ? wave : -wave),
                        _shape.EyeY + 10 + (end - _shape.EyeY) * i / 5));
                points.AddRange([(100 + w * 0.7, end + 4), (100 - w * 0.7, end + 4)]);
                for (var i = 4; i >= 0; i--)
                    points.Add((100 - w - o - (i % 2 == 0 ? wave : -wave),
                        _shape.EyeY + 10 + (end - _shape.EyeY) * i / 5));
                points.AddRange([(100 - w - o * 0.7, _shape.EyeY - 4), (100 - w * 0.98, top + 18),
                    (100 - w * 0.62, top - 6)]);
                var shape = SvgPath.Through([.. points]);
                _canvas.Fill(shape, dark);
                Strands(shape, 34, (x, t) => (100 + x * (w + o), _shape.EyeY - 20 + (end - _shape.EyeY + 30) * t),
                    wave);
                break;
            }
            case HairStyle.Bob:
            {
                var o = _random.Between(8, 13);
                var end = chin - _random.Between(2, 20);
                var shape = SvgPath.Through([
                    (100, top - 15), (100 + w * 0.62, top - 6), (100 + w * 0.98, top + 18),
                    (100 + w + o * 0.8, _shape.EyeY), (100 + w + o + 1, end - 12), (100 + w * 0.75, end + 5),
                    (100 - w * 0.75, end + 5), (100 - w - o - 1, end - 12), (100 - w - o * 0.8, _shape.EyeY),
                    (100 - w * 0.98, top + 18), (100 - w * 0.62, top - 6)]);
                _canvas.Fill(shape, dark);
                Strands(shape, 26, (x, t) => (100 + x * (w + o), _shape.EyeY - 20 + (end - _shape.EyeY + 30) * t), 1);
                break;
            }
            case HairStyle.Braids:
                _canvas.Fill(SvgPath.Through([(100, top - 12), (100 + w + 7, _shape.EyeY - 12),
                    (100 + w + 4, chin - 10), (100 - w - 4, chin - 10), (100 - w - 7, _shape.EyeY - 12)]), dark);
                for (var i = 0; i < 5; i++)
                    foreach (var s in (ReadOnlySpan<int>)[-1, 1])
                        Braid(100 + s * (w - 8 + 5.2 * i), _shape.EyeY - 4, 204, s);
                break;
            case HairStyle.Afro:
                Curls(100, (top + _shape.EyeY) / 2 - 6, w + _random.Between(15, 25), 62, 13, dark);
                break;
            case HairStyle.Curly:
                Curls(100, (top + _shape.EyeY) / 2 - 2, w + 4, 40, 9, dark);
                break;
            case HairStyle.Bun:
                _canvas.Ellipse(100 + _random.Normal(0, 3), top - 15, 21, 17,
                    _canvas.Radial(96, top - 20, 26, (0, _hair.Mix(Rgb.White, 0.12), 1), (1, dark, 1)));
                break;
        }
    }

    private void FrontHair()
    {
        var (w, top, eyeY) = (_shape.CheekHalf, _shape.Top, _shape.EyeY);
        var style = _face.Hair;
        if (style == HairStyle.Bald)
        {
            // A bald crown shines; older men keep a rim at the sides.
            _canvas.Soft(92, top + 15, 26, 12, _skin.Light.Mix(Rgb.White, 0.3), 0.6);
            if (_shape.Recede > 0.45)
                foreach (var s in (ReadOnlySpan<int>)[-1, 1])
                    _canvas.Fill(new SvgPath().Move(100 + s * (w + 4), eyeY + 4).Quad(100 + s * (w + 7), eyeY - 18,
                        100 + s * (w - 5), eyeY - 32)
                            .Quad(100 + s * (w - 1), eyeY - 14, 100 + s * (w - 1), eyeY + 2).Close(), _hair, 0.85);
            return;
        }
        // A baby's hair is thin and short.
        var thin = style is HairStyle.Buzz || _face.Age <= 2;
        var volume = style switch { HairStyle.Buzz => 2.5, HairStyle.Short => 9, HairStyle.SideParted => 10,
            HairStyle.Bun => 5, _ => 12 };
        volume = (_face.Age <= 2 ? 2.5 : volume) + _random.Normal(0, 1);
        var recede = _shape.Recede * (IsLong ? 0.3 : 1);
        var line = top + (eyeY - top) * (0.36 - 0.15 * recede + _random.Normal(0, 0.02));
        var temple = top + (eyeY - top) * (0.62 - 0.24 * recede);
        var sideEnd = eyeY + (IsLong ? 14 : style == HairStyle.Bun ? -6 : _random.Between(-2, 8));
        var part = style is HairStyle.SideParted or HairStyle.Long or HairStyle.LongWavy or HairStyle.Bob
            ? _random.Between(-24, 24) : 0;
        var fringe = _random.Chance(IsLong || style == HairStyle.Short ? 0.32 : 0) && recede < 0.25;
        var low = fringe ? eyeY - _shape.BrowGap - _random.Between(2, 8) : line;
        var inset = w * 0.92;
        var hair = new SvgPath().Move(100 - w - 3.5, sideEnd)
            .Curve(100 - w - 6, eyeY - 24, 100 - w * 0.86, top - volume * 0.9, 100 + part * 0.2, top - volume)
            .Curve(100 + w * 0.86, top - volume * 0.9, 100 + w + 6, eyeY - 24, 100 + w + 3.5, sideEnd)
            .Quad(100 + w - 1, eyeY - 8, 100 + inset, temple + 8);
        if (fringe)
            hair.Curve(100 + w * 0.86, low - 2, 100 + w * 0.4, low + 3, 100 + part * 0.6, low + 1)
                .Curve(100 - w * 0.4, low + 4, 100 - w * 0.86, low - 2, 100 - inset, temple + 8);
        else
            // The corners recede more than the middle: the M of a hairline.
            hair.Curve(100 + w * 0.88, temple - 14, 100 + w * 0.5, line - 7 - 4 * recede, 100 + part, line + 3 * recede)
                .Curve(100 - w * 0.5, line - 7 - 4 * recede, 100 - w * 0.88, temple - 14, 100 - inset, temple + 8);
        hair.Quad(100 - w + 1, eyeY - 8, 100 - w - 3.5, sideEnd).Close();

        using (_canvas.Clip(_outline))
        {
            _canvas.Stroke(hair, _skin.Shadow, 7, 0.3);
            _canvas.Stroke(hair, _skin.Shadow, 3.5, 0.4);
        }
        var opacity = thin ? 0.72 : 1;
        // Between curls there is shade.
        var cap = style is HairStyle.Curly or HairStyle.Afro ? _hair.Times(0.75) : _hair;
        if (thin)
            _canvas.Stroke(hair, _hair, 2, 0.3);
        _canvas.Fill(hair,
            _canvas.Linear(100, top - volume, 100, eyeY, (0, cap.Mix(Rgb.White, 0.10), opacity), (0.35, cap, opacity),
                (1, cap.Times(0.8), opacity)));
        if (thin)
            return;
        if (style is HairStyle.Curly or HairStyle.Afro)
        {
            using (_canvas.Clip(hair))
                Curls(100, line - 12, w * 0.95, 130, 4, _hair.Times(0.8), spread: true);
            return;
        }
        Strands(hair, 44,
            (x, t) => (100 + part * (1 - t) * 0.9 + x * (w + 4) * Math.Pow(t, 0.7),
                top - volume + 2 + (eyeY - top + volume) * Math.Pow(t, 1.6) * (0.35 + 0.65 * Math.Abs(x))), 0.6);
        if (style is HairStyle.SideParted or HairStyle.Long or HairStyle.LongWavy or HairStyle.Bob && !fringe)
            _canvas.Stroke(new SvgPath().Move(100 + part, line - 1).Quad(100 + part * 0.9, top, 100 + part * 0.5,
                top - volume + 3), _hair.Times(0.5), 1.1, 0.6);
        if (style is HairStyle.Long or HairStyle.LongWavy or HairStyle.Bob)
            SideLocks(sideEnd);
    }

    /// <summary>Hair that falls in front of the ears.</summary>
    private void SideLocks(double from)
    {
        var w = _shape.CheekHalf;
        var end = _face.Hair == HairStyle.Bob ? _shape.Chin - 14 : _shape.Chin + 34;
        var wave = _face.Hair == HairStyle.LongWavy ? 5 : 1;
        foreach (var s in (ReadOnlySpan<int>)[-1, 1])
        {
            var reach = _random.Between(2, 9);
            var lockShape = new SvgPath().Move(100 + s * (w - 4), from - 30).Curve(100 + s * (w - 1), from,
                100 + s * (w - reach - wave), from + 26, 100 + s * (w - reach * 0.4), end)
                .Line(100 + s * (w + 13), end).Curve(100 + s * (w + 12 + wave), from + 30, 100 + s * (w + 10), from,
                    100 + s * (w + 3), from - 34).Close();
            _canvas.Fill(lockShape,
                _canvas.Linear(100 + s * (w - 8), 0, 100 + s * (w + 14), 0, (0, _hair.Times(0.78), 1), (0.5, _hair, 1),
                    (1, _hair.Times(0.72), 1)));
            Strands(lockShape, 9, (x, t) => (100 + s * (w + 4 + 9 * x), from - 30 + (end - from + 30) * t), wave * 0.6);
        }
    }

    /// <summary>Lines along the fall of the hair, cut at its outline; <paramref name="at"/> maps a position across
    /// (-1 to 1) and along (0 to 1) a strand to a point.</summary>
    private void Strands(SvgPath outline, int count, Func<double, double, (double X, double Y)> at, double wave)
    {
        using var clip = _canvas.Clip(outline);
        SvgPath[] strands = [new(), new(), new()];
        for (var i = 0; i < count; i++)
        {
            var x = -1 + 2 * (i + _random.Unit()) / count;
            var (a, b, c, d) = (at(x, 0), at(x, 0.33), at(x, 0.66), at(x, 1));
            var sway = wave * _random.Normal();
            // Grey comes strand by strand.
            var tone = _random.Chance(_shape.Grey * 0.5) ? 0 : _random.Chance(0.45) ? 1 : 2;
            strands[tone].Move(a.X, a.Y).Curve(b.X + sway, b.Y, c.X - sway, c.Y, d.X, d.Y);
        }
        _canvas.Stroke(strands[0], _hair.Mix(Rgb.White, 0.35), 1.0, 0.42);
        _canvas.Stroke(strands[1], _hair.Mix(Rgb.White, 0.16), 1.2, 0.45);
        _canvas.Stroke(strands[2], _hair.Times(0.6), 0.9, 0.45);
    }

    private void Curls(double cx, double cy, double radius, int count, double size, Rgb colour, bool spread = false)
    {
        if (!spread)
            _canvas.Ellipse(cx, cy, radius, radius * 0.94, colour);
        for (var i = 0; i < count; i++)
        {
            var angle = 2 * Math.PI * (i + _random.Unit()) / count;
            var r = spread || i % 3 == 0 ? radius * Math.Sqrt(_random.Unit()) : radius * _random.Between(0.92, 1.02);
            var (x, y, s) = (cx + r * Math.Cos(angle), cy + r * (spread ? 0.45 : 0.94) * Math.Sin(angle),
                size * _random.Between(0.6, 1));
            _canvas.Ellipse(x, y, s, s, colour.Times(_random.Between(0.85, 1.1)), 0.92);
            _canvas.Stroke(new SvgPath().Move(x - s * 0.6, y).Quad(x - s * 0.3, y - s * 0.8, x + s * 0.4, y - s * 0.3),
                colour.Mix(Rgb.White, 0.2), 0.8, 0.4);
        }
    }

    private void Braid(double x, double from, double to, int s)
    {
        for (var y = from; y < to; y += 4.6)
        {
            var shift = s * (y - from) * 0.05;
            _canvas.Ellipse(x + shift, y, 3.1, 3.0, _hair.Times(0.82));
            _canvas.Stroke(new SvgPath().Move(x + shift - 2, y - 1.4).Line(x + shift + 2, y + 1.4),
                _hair.Mix(Rgb.White, 0.22), 0.8, 0.5);
        }
    }
}
