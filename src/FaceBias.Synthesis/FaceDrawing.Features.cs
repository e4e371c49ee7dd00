namespace FaceBias.Synthesis;

/// <summary>Eyes, brows, nose and mouth.</summary>
internal sealed partial class FaceDrawing
{
    private void Eye(int s)
    {
        var (w, h) = (_shape.EyeHalfWidth, _shape.EyeHalfHeight);
        var (x, y) = (100 + s * _shape.EyeGap, _shape.EyeY);
        var (inner, outer, tilt) = (x - s * w, x + s * w, _shape.EyeTilt);
        SvgPath Lid(double lift) => new SvgPath().Move(inner, y + 1.2)
            .Curve(x - s * w * 0.55, y - h * 1.25 - lift, x + s * w * 0.45, y - h * 1.45 - lift, outer, y - tilt);
        var opening = new SvgPath().Move(inner, y + 1.2)
            .Curve(x - s * w * 0.55, y - h * 1.25, x + s * w * 0.45, y - h * 1.45, outer, y - tilt)
            .Curve(x + s * w * 0.5, y + h * 0.98, x - s * w * 0.4, y + h * 1.0, inner, y + 1.2).Close();

        _canvas.Fill(opening, Rgb.Hex("#ece7e1").Mix(_skin.Skin, 0.10 + 0.10 * _shape.Old));
        using (_canvas.Clip(opening))
        {
            var (ix, iy, r) = (x + s * 0.2, y - h * 0.12, Math.Min(h * 1.02, 5.7));
            r = Math.Max(r, 4.4);
            _canvas.Ellipse(ix, iy, r + 0.5, r + 0.5, _shape.IrisColour.Times(0.45));
            _canvas.Ellipse(ix, iy, r, r, _canvas.Radial(ix, iy + 1, r,
                (0, _shape.IrisColour.Times(0.8), 1), (0.7, _shape.IrisColour.Times(1.15), 1),
                (1, _shape.IrisColour.Times(0.6), 1)));
            _canvas.Ellipse(ix, iy, r * 0.44, r * 0.44, Rgb.Hex("#0c0908"));
            _canvas.Ellipse(ix - 1.6, iy - 1.8, 1.2, 1.2, Rgb.White, 0.9);
            // The upper lid throws a shadow on the eyeball.
            _canvas.Stroke(Lid(-1.2), Rgb.Hex("#3a2a26"), 2.4, 0.35);
            _canvas.Ellipse(inner + s * 0.8, y + 1, 1.5, 1.3, _skin.Blush.Mix(Rgb.White, 0.2), 0.8);
        }
        if (_shape.MakeUp > 0.55)
            _canvas.Stroke(Lid(2.0), _skin.Line.Mix(Rgb.Hex("#6a4a5a"), 0.4), 3.4, 0.28 * _shape.MakeUp);
        var lash = Rgb.Hex("#17110f");
        _canvas.Stroke(Lid(0.2), lash.Mix(_skin.Line, 0.3), 1.3 + 1.1 * _shape.Lashes, 0.92);
        if (_shape.Lashes > 0.4)
            for (var i = 0; i < 3; i++)
                _canvas.Stroke(new SvgPath().Move(outer - s * (1 + 2.2 * i), y - tilt - 0.6 - 1.1 * i)
                    .Line(outer + s * (2.0 - 1.6 * i), y - tilt - 2.6 - 1.6 * i), lash, 0.9, _shape.Lashes * 0.8);
        _canvas.Stroke(Lid(2.6 + 0.8 * _shape.Crease), _skin.Line, 0.9, 0.5 * _shape.Crease);
        _canvas.Stroke(new SvgPath().Move(inner + s * 2, y + h * 0.75 + 1).Quad(x, y + h * 1.15, outer - s * 1,
            y - tilt + 1.8),
            _skin.Line, 0.8, 0.38);
    }

    private void Brow(int s)
    {
        var (t, arch) = (_shape.BrowThickness, _shape.BrowArch);
        var y = _shape.EyeY - _shape.BrowGap;
        var inner = 100 + s * (_shape.EyeGap - _shape.EyeHalfWidth - 1.0);
        var outer = 100 + s * (_shape.EyeGap + _shape.EyeHalfWidth + 3.5);
        var peak = inner + (outer - inner) * 0.62;
        var brow = new SvgPath().Move(inner, y + 0.5).Quad(inner + (peak - inner) * 0.5, y - arch * 0.8 - t * 0.6, peak,
            y - arch - t * 0.45)
            .Quad(outer - s * 4, y - arch * 0.4, outer, y + 2.2)
            .Quad(outer - s * 6, y - arch * 0.1 + t * 0.45, peak, y - arch + t * 0.55)
            .Quad(inner + (peak - inner) * 0.5, y - arch * 0.4 + t * 0.7, inner - s * 0.3, y + t * 0.9).Close();
        var colour = _hair.Mix(_skin.Line, 0.45).Times(0.8);
        _canvas.Fill(brow, colour, 0.62 + 0.12 * (1 - _shape.Child));
        for (var i = 0; i < 9; i++)
        {
            var at = i / 9.0;
            var x = inner + (outer - inner) * at;
            var lift = arch * (1 - Math.Pow((at - 0.62) / 0.62, 2));
            _canvas.Stroke(new SvgPath().Move(x, y - lift * 0.8 + t * 0.6).Line(x + s * (1.5 + 2 * at),
                y - lift - t * 0.5 + 1.8 * at * at),
                colour.Times(0.75), 0.6, 0.55);
        }
    }

    private void Nose()
    {
        var (n, tip, eyeY) = (_shape.NoseHalf, _shape.NoseY, _shape.EyeY);
        var strong = _random.Chance(0.5) ? 1 : -1;
        var flat = 1 - 0.5 * _shape.Child;
        foreach (var s in (ReadOnlySpan<int>)[-1, 1])
        {
            // The side plane: darkest at the ridge, fading towards the cheek.
            var side = new SvgPath().Move(100 + s * 5, eyeY - 11).Quad(100 + s * 3.2, eyeY + 2, 100 + s * 4, tip - 9)
                .Quad(100 + s * n * 0.7, tip - 7, 100 + s * (n + 0.5), tip - 2).Quad(100 + s * (n + 4), tip - 12,
                    100 + s * 10, eyeY - 2)
                .Quad(100 + s * 9, eyeY - 8, 100 + s * 12, eyeY - 13).Close();
            var depth = (s == strong ? 0.85 : 0.5) * flat;
            _canvas.Fill(side, _canvas.Linear(100 + s * 3, 0, 100 + s * (n + 3), 0,
                (0, _skin.Shadow.Mix(_skin.Line, 0.25), depth), (0.55, _skin.Shadow, depth * 0.5),
                (1, _skin.Shadow, 0)));
        }
        _canvas.Soft(100, tip + 3.6, n * 1.5, 5.5, _skin.Shadow.Mix(_skin.Line, 0.45), 0.95);
        _canvas.Soft(99.5, (eyeY + tip) / 2 - 3, 4, (tip - eyeY) * 0.55, _skin.Light, 0.85);
        _canvas.Soft(99.5, tip - 4.5, 6.5, 5.5, _skin.Light.Mix(Rgb.White, 0.12), 0.95);
        foreach (var s in (ReadOnlySpan<int>)[-1, 1])
        {
            _canvas.Stroke(new SvgPath().Move(100 + s * (n - 0.6), tip - 5).Curve(100 + s * (n + 1.8), tip - 2,
                100 + s * (n + 0.6), tip + 2.4, 100 + s * (n - 3), tip + 1.6), _skin.Line, 1.0, 0.55);
            _canvas.Ellipse(100 + s * n * 0.48, tip + 1.4, 2.3 + 0.08 * n, 1.25, _skin.Line.Times(0.7), 0.8);
        }
        _canvas.Stroke(new SvgPath().Move(100 - 2.4, tip + 2.4).Quad(100, tip + 3.8, 102.4, tip + 2.4), _skin.Line, 0.8,
            0.5);
    }

    private void Mouth()
    {
        var (w, y, up, low) = (_shape.MouthHalf, _shape.MouthY, _shape.UpperLip, _shape.LowerLip);
        var corner = y - _shape.Smile * 0.9;
        var gape = _shape.TeethShow ? 3.4 : 0;
        w += _shape.TeethShow ? 2 : 0;
        var lip = _skin.Lip.Mix(Rgb.Hex("#b0303f"), 0.5 * _shape.MakeUp);
        var upper = new SvgPath().Move(100 - w, corner).Quad(100 - w * 0.55, y - up * 0.9, 100 - w * 0.2, y - up - 0.4)
            .Quad(100, y - up + 1.6, 100 + w * 0.2, y - up - 0.4).Quad(100 + w * 0.55, y - up * 0.9, 100 + w, corner)
            .Quad(100, y + 1.2 - gape * 0.2, 100 - w, corner).Close();
        var lower = new SvgPath().Move(100 - w, corner).Quad(100, y + 1.0 + gape * 1.6, 100 + w, corner)
            .Curve(100 + w * 0.55, y + low * 1.25 + gape, 100 - w * 0.55, y + low * 1.25 + gape, 100 - w, corner)
            .Close();
        if (gape > 0)
        {
            var inside = new SvgPath().Move(100 - w, corner).Quad(100, y + 1.2 - gape * 0.2, 100 + w, corner)
                .Quad(100, y + 2.4 + gape * 1.8, 100 - w, corner).Close();
            _canvas.Fill(inside, Rgb.Hex("#4a1f20"));
            using (_canvas.Clip(inside))
            {
                _canvas.Ellipse(100, y - 1, w * 0.86, gape + 2.4,
                    Rgb.Hex("#f1ece2").Mix(Rgb.Hex("#e2d3b0"), 0.6 * _shape.Old));
                for (var i = -3; i <= 3; i++)
                    _canvas.Stroke(new SvgPath().Move(100 + i * w * 0.2, y - 2).Line(100 + i * w * 0.2, y + 4),
                        Rgb.Hex("#b9a996"), 0.4, 0.45);
            }
        }
        _canvas.Fill(upper, lip.Times(0.86));
        _canvas.Fill(lower, lip);
        using (_canvas.Clip(lower))
            _canvas.Soft(100, y + low * 0.6 + gape, w * 0.62, low * 0.42, _skin.Light.Mix(Rgb.White, 0.25),
                0.55 + 0.3 * _shape.MakeUp);
        if (gape == 0)
            _canvas.Stroke(new SvgPath().Move(100 - w, corner).Quad(100, y + 1.1, 100 + w, corner),
                _skin.Line.Times(0.7), 1.2, 0.8);
        foreach (var s in (ReadOnlySpan<int>)[-1, 1])
            _canvas.Ellipse(100 + s * (w + 0.8), corner, 1.4, 1.1, _skin.Line, 0.45);
        _canvas.Stroke(new SvgPath().Move(98.6, _shape.NoseY + 5).Line(98.2, y - up - 2), _skin.Shadow, 1.2, 0.45);
        _canvas.Stroke(new SvgPath().Move(101.4, _shape.NoseY + 5).Line(101.8, y - up - 2), _skin.Light, 1.0, 0.4);
    }
}
