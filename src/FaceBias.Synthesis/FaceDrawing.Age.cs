namespace FaceBias.Synthesis;

/// <summary>Lines of age and beards: what lies on the skin, cut at the outline of the face.</summary>
internal sealed partial class FaceDrawing
{
    private void AgeLines()
    {
        var lines = _shape.Lines;
        if (lines < 0.04)
            return;
        var (eyeY, line) = (_shape.EyeY, _skin.Line);
        // Forehead: up to four lines, each uneven.
        var forehead = (int)Math.Round(lines * 4);
        for (var i = 0; i < forehead; i++)
        {
            var y = eyeY - 23 - i * 5.5 + _random.Normal(0, 0.7);
            var half = 27 - 3 * i + _random.Normal(0, 2);
            Crease(new SvgPath().Move(100 - half, y + 1.5).Curve(100 - half * 0.4, y - 2 + _random.Normal(0, 1),
                100 + half * 0.4, y - 1 + _random.Normal(0, 1), 100 + half, y + 1.5), 1.1, 0.20 + 0.38 * lines);
        }
        foreach (var s in (ReadOnlySpan<int>)[-1, 1])
        {
            var outer = 100 + s * (_shape.EyeGap + _shape.EyeHalfWidth);
            // Crow's feet.
            for (var i = -1; i <= 1; i++)
                Crease(new SvgPath().Move(outer + s * 3, eyeY + i * 1.8).Quad(outer + s * 7, eyeY + i * 3.2,
                    outer + s * (9 + 2 * lines), eyeY + i * 5.5 + 1),
                    0.9, 0.62 * lines * lines);
            // Bags under the eyes.
            Crease(new SvgPath().Move(100 + s * (_shape.EyeGap - 9), eyeY + 8).Quad(100 + s * (_shape.EyeGap + 1),
                eyeY + 13 + 2 * lines, 100 + s * (_shape.EyeGap + 11), eyeY + 7),
                1.4, 0.12 + 0.45 * lines);
            // From the nose to the corners of the mouth, and on to the jaw.
            Crease(new SvgPath().Move(100 + s * (_shape.NoseHalf + 2), _shape.NoseY - 3)
                .Quad(100 + s * (_shape.MouthHalf + 5), _shape.NoseY + 6, 100 + s * (_shape.MouthHalf + 5.5),
                    _shape.MouthY - 1), 1.5, 0.16 + 0.55 * lines);
            Crease(new SvgPath().Move(100 + s * (_shape.MouthHalf + 2), _shape.MouthY + 3)
                .Quad(100 + s * (_shape.MouthHalf + 4), _shape.MouthY + 9, 100 + s * (_shape.MouthHalf + 2.5),
                    _shape.MouthY + 15), 1.2, 0.6 * lines * lines);
            // Between the brows.
            Crease(new SvgPath().Move(100 + s * 3.4, eyeY - 9).Quad(100 + s * 2.4, eyeY - 14, 100 + s * 3.4, eyeY - 19),
                1.1, 0.45 * lines);
            // Fine lines of the cheeks.
            if (lines > 0.6)
                for (var i = 0; i < 3; i++)
                    Crease(new SvgPath().Move(100 + s * (36 + 3 * i), eyeY + 22 + 4 * i).Quad(100 + s * (40 + 3 * i),
                        eyeY + 34, 100 + s * (37 + 3 * i), eyeY + 44),
                        0.8, 0.7 * (lines - 0.5));
        }
        // Age spots.
        if (lines > 0.7)
            for (var i = 0; i < 7; i++)
                _canvas.Ellipse(100 + _random.Normal(0, 30), eyeY + _random.Normal(-8, 22), _random.Between(0.8, 2),
                    _random.Between(0.7, 1.5), line, 0.22);

        // A faint broad line under a fine one: a fold, not a scratch.
        void Crease(SvgPath path, double width, double opacity)
        {
            opacity = Math.Min(opacity, 0.75);
            _canvas.Stroke(path, _skin.Shadow, width * 2.6, opacity * 0.6);
            _canvas.Stroke(path, line, width * 0.8, opacity * 0.75);
        }
    }

    private void Beard()
    {
        if (_shape.FacialHair == FacialHair.None)
            return;
        var (y, chin, w, jaw) = (_shape.MouthY, _shape.Chin, _shape.MouthHalf, _shape.JawHalf);
        var colour = _hair.Mix(_skin.Line, 0.35).Times(0.9);
        var area = new SvgPath().Move(100 - jaw - 6, _shape.EyeY + 16).Quad(100 - jaw + 8, y - 10, 100 - w - 5, y - 8)
            .Quad(100 - 8, _shape.NoseY + 6, 100, _shape.NoseY + 7).Quad(108, _shape.NoseY + 6, 100 + w + 5, y - 8)
            .Quad(100 + jaw - 8, y - 10, 100 + jaw + 6, _shape.EyeY + 16)
            .Line(100 + jaw + 12, chin + 6).Line(100 - jaw - 12, chin + 6).Close();
        if (_shape.FacialHair is FacialHair.Stubble or FacialHair.Full)
        {
            var full = _shape.FacialHair == FacialHair.Full;
            // Strokes of falling width soften the edge.
            _canvas.Fill(area, colour, full ? 0.80 : 0.24);
            _canvas.Stroke(area, colour, full ? 5 : 9, full ? 0.3 : 0.10);
            _canvas.Stroke(area, colour, full ? 2.4 : 4.5, full ? 0.4 : 0.10);
            using (_canvas.Clip(area))
                Bristles(full ? 150 : 90, 100, y + 14, jaw * 0.62, 18, full ? 0.45 : 0.35);
        }
        if (_shape.FacialHair == FacialHair.Goatee)
        {
            Patch(new SvgPath().Move(100 - w - 3, y - 2).Quad(100 - w - 2, y + 18, 100 - 9, chin - 1).Line(109,
                chin - 1)
                    .Quad(100 + w + 2, y + 18, 100 + w + 3, y - 2).Quad(100, y + 16, 100 - w - 3, y - 2).Close());
            Bristles(45, 100, y + 16, w * 0.5, 7, 0.4);
        }
        if (_shape.FacialHair is FacialHair.Moustache or FacialHair.Goatee or FacialHair.Full)
        {
            Patch(new SvgPath().Move(100, _shape.NoseY + 5).Quad(100 + w * 0.7, _shape.NoseY + 5, 100 + w + 4, y + 2)
                    .Quad(100 + w * 0.5, y - 2.5, 100, y - _shape.UpperLip + 0.5).Quad(100 - w * 0.5, y - 2.5,
                        100 - w - 4, y + 2)
                    .Quad(100 - w * 0.7, _shape.NoseY + 5, 100, _shape.NoseY + 5).Close());
            Bristles(30, 100, (_shape.NoseY + y) / 2 + 1, w * 0.5, 2, 0.4);
        }

        void Patch(SvgPath patch)
        {
            _canvas.Fill(patch, colour, 0.82);
            _canvas.Stroke(patch, colour, 2.2, 0.35);
        }

        void Bristles(int count, double cx, double cy, double dx, double dy, double opacity)
        {
            var (bright, dark) = (new SvgPath(), new SvgPath());
            for (var i = 0; i < count; i++)
            {
                var (x, by) = (cx + dx * _random.Normal(), cy + dy * _random.Normal());
                (i % 3 == 0 ? bright : dark).Move(x, by).Line(x + (x - cx) * 0.06, by + _random.Between(1.2, 3));
            }
            _canvas.Stroke(bright, colour.Mix(Rgb.White, 0.18), 0.6, opacity);
            _canvas.Stroke(dark, colour.Times(0.6), 0.6, opacity);
        }
    }

    private void Glasses()
    {
        var frame = Rgb.Hex(_random.Below(4) switch { 0 => "#1b1b1e", 1 => "#4b3222", 2 => "#8b8d92", _ => "#5a2530" });
        var (rx, ry, y) = (_shape.EyeHalfWidth + _random.Between(5, 7.5), _random.Between(10.5, 14), _shape.EyeY + 1);
        var (gap, width, round) = (_shape.EyeGap + 0.5, _random.Between(1.5, 2.7), _random.Chance(0.5));
        using var yaw = _canvas.Transform(_shape.Yaw, 0, 0, 1, 100, 100);
        foreach (var s in (ReadOnlySpan<int>)[-1, 1])
        {
            var x = 100 + s * gap;
            var k = round ? 0.56 : 0.92;
            var lens = new SvgPath().Move(x - rx, y).Curve(x - rx, y - ry * k, x - rx * k, y - ry, x, y - ry)
                .Curve(x + rx * k, y - ry, x + rx, y - ry * k, x + rx, y)
                .Curve(x + rx, y + ry * k, x + rx * k, y + ry, x, y + ry).Curve(x - rx * k, y + ry, x - rx, y + ry * k,
                    x - rx, y).Close();
            _canvas.Fill(lens,
                _canvas.Linear(x - rx, y - ry, x + rx, y + ry, (0, Rgb.White, 0.30), (0.4, Rgb.White, 0.03),
                    (1, Rgb.White, 0.10)));
            _canvas.Stroke(lens, frame, width);
            _canvas.Stroke(new SvgPath().Move(x + s * rx, y - 3).Line(100 + s * (_shape.CheekHalf + 3), y - 1), frame,
                width);
        }
        _canvas.Stroke(new SvgPath().Move(100 - gap + rx, y - 2).Quad(100, y - 6, 100 + gap - rx, y - 2), frame, width);
    }
}
