using FaceBias.Core.Backbones;
using FaceBias.Core.Curation.Faces;
using FaceBias.Core.Curation.Persons;
using FaceBias.Core.Explaining.Groups;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Explaining;

/// <summary>Parts of the face lie where the landmarks are, wherever the face is in its picture.</summary>
public class FaceRegionTests
{
    private static readonly ImageSpec s_spec = new(200, 160);

    /// <summary>Landmarks of a face that is scaled, turned and moved.</summary>
    private static float[] Landmarks(double scale, double turn, double x, double y)
    {
        float[] places = [.. FaceAlignment.Places.SelectMany(p => new[] { p.U - 56, p.V - 72 })];
        var (cos, sin) = (scale * Math.Cos(turn), scale * Math.Sin(turn));
        return [.. places.Chunk(2).SelectMany(
            p => new[] { (float)(x + cos * p[0] - sin * p[1]), (float)(y + sin * p[0] + cos * p[1]) })];
    }

    [Theory]
    [InlineData(1, 0, 100, 80)]
    [InlineData(0.7, 0.4, 60, 90)]
    [InlineData(1.1, -0.6, 120, 75)]
    public void Relevance_at_the_landmarks_is_of_their_parts(double scale, double turn, double x, double y)
    {
        var landmarks = Landmarks(scale, turn, x, y);
        string[] expected = ["eyes", "eyes", "nose", "mouth", "mouth"];
        for (var p = 0; p < 5; p++)
        {
            var map = new float[s_spec.Width * s_spec.Height];
            map[(int)Math.Round(landmarks[2 * p + 1]) * s_spec.Width + (int)Math.Round(landmarks[2 * p])] = -2;
            var shares = FaceRegions.Shares(map, s_spec, landmarks);
            Assert.Equal(1, shares[FaceRegions.Names.ToList().IndexOf(expected[p])]);
            Assert.Equal(1, shares.Sum());
        }
        // Above the eyes, along the face's own axis.
        var face = new FaceAlignment(landmarks);
        var (fx, fy) = face.InPicture(56, 20);
        Assert.Equal("forehead", FaceRegions.Names[FaceRegions.Part(face, fx, fy)]);
        var (u, v) = face.InFace(fx, fy);
        Assert.Equal(56, u, 1e-9);
        Assert.Equal(20, v, 1e-9);
    }

    [Fact]
    public void A_map_in_the_frame_of_the_face_does_not_depend_on_where_the_face_is()
    {
        double[] Grid(double scale, double turn, double x, double y)
        {
            var landmarks = Landmarks(scale, turn, x, y);
            var face = new FaceAlignment(landmarks);
            var map = new float[s_spec.Width * s_spec.Height];
            for (var i = 0; i < map.Length; i++)
                map[i] = FaceRegions.Names[FaceRegions.Part(face, i % s_spec.Width, i / s_spec.Width)] == "mouth" ? 1 : 0;
            return FaceRegions.Aligned(map, s_spec, landmarks, 16);
        }
        var (first, second) = (Grid(0.8, 0, 100, 80), Grid(1, 0.5, 90, 70));
        Assert.InRange(first.Zip(second).Max(p => Math.Abs(p.First - p.Second)), 0, 0.4);
        Assert.Equal(first.Sum(), second.Sum(), 1.0);
        Assert.Equal(0, FaceRegions.Aligned(new float[s_spec.Width * s_spec.Height], s_spec, null, 4).Sum());
    }

    [Fact]
    public void One_picture_has_the_landmarks_that_a_search_of_files_finds()
    {
        var folder = TestPaths.RealData("mit_faces");
        var store = new ModelStore();
        if (!store.IsReady(Catalogue.BuiltIn.Find(FaceSearch.Detector)!))
            Assert.Skip("The face detector was not pulled.");
        using var detector = new FaceDetector(OnnxFile.Read(store.Get(FaceSearch.Detector).OnnxPath));
        var spec = new ImageSpec(224, 224);
        foreach (var file in Directory.EnumerateFiles(folder, "*.png", SearchOption.AllDirectories))
        {
            var pixels = new float[spec.Length];
            Assert.Null(new ImageDecoder().Decode(file, spec, pixels).Problem);
            var face = detector.Largest(PictureEncoder.Interleaved(pixels, spec), 224, 224, FaceSearch.Canvases,
                FaceSearch.Least);
            Assert.NotNull(face);
            Assert.True(face.Landmarks[0] < face.Landmarks[2] && face.Landmarks[1] < face.Landmarks[7]);
        }
    }
}
