namespace FaceBias.Synthesis;

/// <summary>How the beard is worn.</summary>
internal enum FacialHair
{
    None,
    Stubble,
    Moustache,
    Goatee,
    Full,
}

/// <summary>The proportions of one face in drawing units (200 x 200), drawn from its attributes. Gender enters as one
/// latent tendency that overlaps between women and men, and each feature follows it only loosely, so that no single cue
/// decides and some faces stay ambiguous; children show almost none of it. Age moves the proportions of a child's head
/// to an adult's, and then adds lines, grey and a receding hairline.</summary>
internal sealed class FaceShape
{
    public FaceShape(FaceAttributes face, double cueStrength, SynthRandom random)
    {
        var child = Child = 1 - Smooth(1, 17, face.Age);
        var old = Old = Smooth(38, 88, face.Age);
        var side = face.Gender == SynthGender.Male ? 1 : -1;
        // The latent tendency: +1 and -1 on average, standard deviation 0.6.
        var m = random.Normal(side * cueStrength, 0.6) * (1 - 0.7 * child);
        double Cue(double follow) => follow * m + Math.Sqrt(1 - follow * follow) * 0.75 * random.Normal();

        Top = random.Normal(42, 1.5) + 2 * child;
        Chin = 178 + 2.2 * Cue(0.6) - 19 * child + random.Normal(0, 2);
        CheekHalf = 55 + 0.8 * Cue(0.5) + random.Normal(0, 1.8) - 1.5 * child;
        JawHalf = CheekHalf * (0.80 + 0.030 * Cue(0.8) + 0.02 * child + 0.04 * old + random.Normal(0, 0.015));
        ChinHalf = 17 + 3.2 * Cue(0.75) - 3 * child + 2 * old;
        EyeY = Top + (Chin - Top) * (0.475 + 0.10 * child);
        JawY = Chin - (Chin - EyeY) * (0.33 + 0.05 * child);
        EyeGap = 23.5 + random.Normal(0, 0.9);
        EyeHalfWidth = 11.2 - 0.4 * Cue(0.5) + 0.9 * child - 0.6 * old + random.Normal(0, 0.4);
        EyeHalfHeight = Math.Max(3.2, 5.2 - 0.55 * Cue(0.65) + 1.6 * child - 1.0 * old + random.Normal(0, 0.5));
        EyeTilt = random.Normal(1.2, 1.0) - 0.4 * Cue(0.4) - 1.6 * old;
        Crease = Math.Clamp(random.Normal(0.6, 0.25), 0.1, 1);
        IrisColour = PickIris(face, random);
        BrowGap = Math.Max(8.5, 12.5 - 1.1 * Cue(0.7) + 0.6 * child + random.Normal(0, 0.8));
        BrowThickness = Math.Max(1.1, 3.2 + 1.0 * Cue(0.75) - 1.3 * child + random.Normal(0, 0.35));
        BrowArch = Math.Max(0.3, 3.0 - 1.0 * Cue(0.6) + random.Normal(0, 0.7));
        NoseHalf = Math.Max(6, 9.8 + 0.7 * Cue(0.55) - 1.8 * child + 1.1 * old + random.Normal(0, 1.2));
        NoseY = EyeY + (Chin - EyeY) * (0.47 - 0.03 * child + 0.02 * old + random.Normal(0, 0.012));
        MouthY = EyeY + (Chin - EyeY) * (0.685 - 0.01 * child + random.Normal(0, 0.012));
        MouthHalf = 17.5 + 0.5 * Cue(0.5) - 4 * child + random.Normal(0, 1.3);
        UpperLip = Math.Max(1.4, 4.2 - 0.75 * Cue(0.7) - 1.5 * old - 0.5 * child + random.Normal(0, 0.7));
        LowerLip = Math.Max(2.2, 5.8 - 0.8 * Cue(0.7) - 1.6 * old - 0.6 * child + random.Normal(0, 0.8));
        Smile = Math.Clamp(random.Normal(1.2, 1.3), -1.2, 4);
        TeethShow = Smile > 1.6 && random.Chance(0.45);
        NeckHalf = CheekHalf * (0.62 + 0.055 * Cue(0.8) - 0.07 * child);
        EarHeight = 13 + 1.8 * old + random.Normal(0, 0.8);

        var grown = face.Age >= 16;
        MakeUp = grown && random.Chance(Sigmoid(-2.2 * m - 0.4)) ? random.Between(0.25, 1) : 0;
        Lashes = Math.Clamp(0.35 - 0.25 * Cue(0.6) + 0.5 * MakeUp + 0.15 * child, 0, 1);
        // Perceived men wear a beard in half of the cases; a light shade of it is seen on few perceived women.
        FacialHair = face.Age >= 18 && random.Chance(side > 0 ? 0.55 : 0.012)
            ? (FacialHair)(1 + random.Weighted(side > 0 ? [4, 1.5, 1.5, 3] : [1, 0, 0, 0]))
            : FacialHair.None;
        var greying = Smooth(32, 72, face.Age + random.Normal(0, 7));
        Grey = random.Chance(0.12 + 0.18 * (side < 0 ? 1 : 0)) ? greying * 0.25 : greying;
        Recede = side > 0 ? Math.Clamp(Smooth(28, 80, face.Age) * random.Between(0.2, 1.25), 0, 1) : 0.12 * old;
        Lines = Math.Clamp(Smooth(24, 82, face.Age + random.Normal(0, 3)), 0, 1);
        Freckles = random.Chance(face.SkinTone <= 5 ? 0.16 : 0.03) ? random.Between(0.3, 1) : 0;
        Dx = random.Normal(0, 4.5);
        Dy = random.Normal(0, 4);
        Turn = random.Normal(0, 4.5);
        Yaw = random.Normal(0, 2.2);
        Scale = (1 - 0.03 * child) * random.Normal(1.05, 0.05);
    }

    public double Child { get; }
    public double Old { get; }
    public double Top { get; }
    public double Chin { get; }
    public double CheekHalf { get; }
    public double JawHalf { get; }
    public double JawY { get; }
    public double ChinHalf { get; }
    public double EyeY { get; }
    public double EyeGap { get; }
    public double EyeHalfWidth { get; }
    public double EyeHalfHeight { get; }
    public double EyeTilt { get; }
    public double Crease { get; }
    public Rgb IrisColour { get; }
    public double BrowGap { get; }
    public double BrowThickness { get; }
    public double BrowArch { get; }
    public double NoseHalf { get; }
    public double NoseY { get; }
    public double MouthY { get; }
    public double MouthHalf { get; }
    public double UpperLip { get; }
    public double LowerLip { get; }
    public double Smile { get; }
    public bool TeethShow { get; }
    public double NeckHalf { get; }
    public double EarHeight { get; }
    public double MakeUp { get; }
    public double Lashes { get; }
    public FacialHair FacialHair { get; }
    public double Grey { get; }
    public double Recede { get; }
    public double Lines { get; }
    public double Freckles { get; }

    /// <summary>Shift, turn in degrees, sideways shift of the inner face (a slight turn of the head), and
    /// size.</summary>
    public double Dx { get; }
    public double Dy { get; }
    public double Turn { get; }
    public double Yaw { get; }
    public double Scale { get; }

    /// <summary>The outline of the face from the crown over cheeks and jaw to the chin.</summary>
    public SvgPath Outline()
    {
        var (w, j, c) = (CheekHalf, JawHalf, ChinHalf);
        var path = new SvgPath().Move(100, Top);
        Half(path, 1, down: true);
        Half(path, -1, down: false);
        return path.Close();

        void Half(SvgPath p, int s, bool down)
        {
            var crown = EyeY - (EyeY - Top) * 0.52;
            if (down)
                p.Curve(100 + s * w * 0.62, Top, 100 + s * w * 0.99, crown, 100 + s * w, EyeY)
                    .Curve(100 + s * w, EyeY + (JawY - EyeY) * 0.5, 100 + s * (j + 3.5), JawY - 10, 100 + s * j, JawY)
                    .Curve(100 + s * (j - 4), JawY + (Chin - JawY) * 0.55, 100 + s * (c + 7), Chin, 100, Chin);
            else
                p.Curve(100 + s * (c + 7), Chin, 100 + s * (j - 4), JawY + (Chin - JawY) * 0.55, 100 + s * j, JawY)
                    .Curve(100 + s * (j + 3.5), JawY - 10, 100 + s * w, EyeY + (JawY - EyeY) * 0.5, 100 + s * w, EyeY)
                    .Curve(100 + s * w * 0.99, crown, 100 + s * w * 0.62, Top, 100, Top);
        }
    }

    /// <summary>0 below <paramref name="from"/>, 1 above <paramref name="to"/>, smooth between.</summary>
    internal static double Smooth(double from, double to, double x)
    {
        var t = Math.Clamp((x - from) / (to - from), 0, 1);
        return t * t * (3 - 2 * t);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static Rgb PickIris(FaceAttributes face, SynthRandom random)
    {
        var light = face.SkinTone <= 4 && face.HairColour != HairColour.Black ? 0.55 : 0.04;
        return random.Chance(light)
            ? Rgb.Hex(random.Below(3) switch { 0 => "#5b7f9c", 1 => "#6d8060", _ => "#8a7350" })
            : Rgb.Hex(random.Below(2) == 0 ? "#4b2f1d" : "#2f1d13");
    }
}
