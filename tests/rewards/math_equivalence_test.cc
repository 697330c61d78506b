// Classes of notation, each with equal and unequal neighbours. The cases are Hone's own.
#include <gtest/gtest.h>

#include "tests/rewards/math_test_case.h"

namespace hone::math {
namespace {

TEST(MathEquivalence, Integers) {
  EXPECT_EQUAL("42", "42");
  EXPECT_EQUAL("42", "42.");
  EXPECT_EQUAL("42", "+42");
  EXPECT_EQUAL("42", "042");
  EXPECT_EQUAL("-3", "\u22123");
  EXPECT_EQUAL("123456789012345678901234567890", "123456789012345678901234567890");
  EXPECT_UNEQUAL("123456789012345678901234567890", "123456789012345678901234567891");
  EXPECT_UNEQUAL("10000", "10001");
  EXPECT_UNEQUAL("42", "-42");
  EXPECT_UNEQUAL("4", "4 4");
  EXPECT_UNEQUAL("12", "1 2");
  EXPECT_UNEQUAL("1", "1.0001");
  EXPECT_UNEQUAL("1", "0.999999999999");
}

TEST(MathEquivalence, Separators) {
  for (const char* form : {"1,234,567", "1{,}234{,}567", "1\\,234\\,567", "1,\\!234,\\!567", "1 234 567",
                           "1\u2009234\u2009567", "1\u202f234\u202f567", "1.234.567"})
    EXPECT_EQUAL("1234567", form);
  EXPECT_UNEQUAL("1234567", "1, 234, 567");
  EXPECT_UNEQUAL("32349", "32, 349");
  EXPECT_EQUAL("(312,123,231)", "(312, 123, 231)");
  EXPECT_UNEQUAL("312123", "(312,123)");
  EXPECT_EQUAL("\\$1,250.50", "1250.5");
}

TEST(MathEquivalence, Decimals) {
  EXPECT_EQUAL("0.5", ".5");
  EXPECT_EQUAL("0.50", "0.5");
  EXPECT_EQUAL("\\frac{1}{3}", "0.\\overline{3}");
  EXPECT_EQUAL("\\frac{1}{6}", "0.1\\overline{6}");
  EXPECT_EQUAL("0.000001", "1e-6");
  EXPECT_EQUAL("1.5e3", "1500");
  EXPECT_EQUAL("3.2 \\times 10^{-4}", "0.00032");
  EXPECT_EQUAL("3 \\cdot 10^8", "300000000");
  EXPECT_UNEQUAL("0.05", "5");
  EXPECT_UNEQUAL("5", "500");
  EXPECT_UNEQUAL("0.5", "0.05");
  EXPECT_UNEQUAL("0.1", "0.10001");
}

TEST(MathEquivalence, RoundedReferences) {
  EXPECT_EQUAL("3.14", "\\pi");
  EXPECT_EQUAL("30.52", "\\frac{1587}{52}");
  EXPECT_UNEQUAL("30.52", "\\frac{1687}{52}");
  EXPECT_EQUAL("\\frac{\\sqrt{3}}{2}", "0.8660254");
  EXPECT_EQUAL("\\frac{1}{3}", "0.33333333");
  EXPECT_UNEQUAL("\\frac{1}{3}", "0.33");
  EXPECT_UNEQUAL("\\sqrt{2}", "1.41");
  EXPECT_UNEQUAL("12.5", "\\frac{249}{20}");
  EXPECT_UNEQUAL("2", "1.9999999");
  EXPECT_UNEQUAL("1.9999999", "2");
  EXPECT_UNEQUAL("5.001", "5");
  Policy exact;
  exact.rounding = Rounding::none;
  EXPECT_FALSE(accepts("30.52", "\\frac{1587}{52}", Mode::answer, exact));
  EXPECT_FALSE(accepts("\\pi", "3.14159265358979", Mode::answer, exact));
}

TEST(MathEquivalence, Fractions) {
  for (const char* form : {"\\frac{3}{4}", "\\dfrac{3}{4}", "\\tfrac34", "\\frac34", "\\frac3{4}", "\\frac{3}4", "3/4",
                           "\u00be", "\\frac{6}{8}", "0.75", "\\frac{-3}{-4}", "(3)/(4)", "3\u22154", "3 \\div 4"})
    EXPECT_EQUAL("3/4", form);
  EXPECT_EQUAL("-\\frac{10}{9}", "\\frac{-10}{9}");
  EXPECT_EQUAL("-\\frac{10}{9}", "\\frac{10}{-9}");
  EXPECT_EQUAL("3\\frac{1}{2}", "7/2");
  EXPECT_EQUAL("3 1/2", "3.5");
  EXPECT_EQUAL("3\u00bd", "3.5");
  EXPECT_EQUAL("-15\\frac{3}{5}", "-15.6");
  EXPECT_EQUAL("\\frac{1}{1+\\frac{1}{2}}", "\\frac23");
  EXPECT_UNEQUAL("3/4", "4/3");
  EXPECT_UNEQUAL("3\\frac{1}{2}", "\\frac{3}{2}");
  EXPECT_UNEQUAL("\\frac{1}{0}", "\\frac{2}{0}");
  EXPECT_UNEQUAL("3/12", "4");
}

TEST(MathEquivalence, Percent) {
  EXPECT_EQUAL("28\\%", "28");
  EXPECT_EQUAL("28\\%", "0.28");
  EXPECT_EQUAL("28\\%", "28 percent");
  EXPECT_EQUAL("28\\%", "\\frac{7}{25}");
  EXPECT_EQUAL("0.28", "28\\%");
  EXPECT_UNEQUAL("28\\%", "2.8");
  EXPECT_UNEQUAL("28\\%", "2800");
  EXPECT_UNEQUAL("28\\%", "0.28\\%");
  EXPECT_UNEQUAL("6.67\\%", "\\frac{1}{8}");
  Policy value;
  value.percent = Percent::value;
  EXPECT_FALSE(accepts("28\\%", "28", Mode::answer, value));
  EXPECT_TRUE(accepts("28\\%", "0.28", Mode::answer, value));
}

TEST(MathEquivalence, Degrees) {
  EXPECT_EQUAL("45^\\circ", "45");
  EXPECT_EQUAL("45^{\\circ}", "45\u00b0");
  EXPECT_EQUAL("45^\\circ", "45 degrees");
  EXPECT_EQUAL("45^\\circ", "45\\text{ degrees}");
  EXPECT_EQUAL("\\frac{2\\pi}{3}", "120^\\circ");
  EXPECT_UNEQUAL("\\frac{2\\pi}{3}", "60^\\circ");
  EXPECT_UNEQUAL("45^\\circ", "54^\\circ");
  EXPECT_EQUAL("\\sin 30^\\circ", "\\frac12");
  EXPECT_EQUAL("\\cos(x)", "\\sin(90^\\circ - x)");
}

TEST(MathEquivalence, Units) {
  EXPECT_EQUAL("10\\text{ units}", "10");
  EXPECT_EQUAL("10 square units", "10");
  EXPECT_EQUAL("864 \\mbox{ inches}^2", "864");
  EXPECT_EQUAL("2400 \\mbox{ cm}^2", "2400\\text{ cm}^2");
  EXPECT_EQUAL("10\\text{ miles/hour}", "10");
  EXPECT_EQUAL("10\\,\\mathrm{cm}", "10\\text{ centimeters}");
  EXPECT_EQUAL("\\$36", "36 dollars");
  EXPECT_EQUAL("5 million", "5000000");
  EXPECT_UNEQUAL("10\\text{ cm}", "10\\text{ m}");
  EXPECT_UNEQUAL("17\\%", "17^\\circ");
  EXPECT_UNEQUAL("17\\%", "17\\text{ cm}");
  EXPECT_EQUAL("Rs. 1000", "1000");
  EXPECT_EQUAL("12 pounds of water", "12");
  EXPECT_UNEQUAL("10\\text{ cm}", "11\\text{ cm}");
  EXPECT_UNEQUAL("10cm", "10");  // c times m: glued letters are variables
}

TEST(MathEquivalence, Radicals) {
  EXPECT_EQUAL("\\sqrt{8}", "2\\sqrt{2}");
  EXPECT_EQUAL("\\sqrt8", "2\\sqrt2");
  EXPECT_EQUAL("\u221a8", "2\u221a2");
  EXPECT_EQUAL("sqrt(8)", "2*sqrt(2)");
  EXPECT_EQUAL("\\frac{1}{\\sqrt{2}}", "\\frac{\\sqrt{2}}{2}");
  EXPECT_EQUAL("\\sqrt[3]{16}", "2\\sqrt[3]{2}");
  EXPECT_EQUAL("2^{-2/3}", "\\frac{1}{\\sqrt[3]{4}}");
  EXPECT_EQUAL("\\sqrt{3+2\\sqrt{2}}", "1+\\sqrt{2}");
  EXPECT_EQUAL("\\sqrt{2}+\\sqrt{3}", "\\sqrt{5+2\\sqrt{6}}");
  EXPECT_EQUAL("\\sqrt{-4}", "2i");
  EXPECT_EQUAL("\\sqrt{1358}", "\\sqrt{14}\\sqrt{97}");
  EXPECT_UNEQUAL("\\sqrt{8}", "4");
  EXPECT_UNEQUAL("\\sqrt{2}", "-\\sqrt{2}");
  EXPECT_UNEQUAL("\\sqrt[3]{4}", "\\sqrt{4}");
  EXPECT_UNEQUAL("4", "4\\sqrt(2)");
  EXPECT_UNEQUAL("x", "\\sqrt{x^2}");
  EXPECT_EQUAL("\\sqrt{xy}", "\\sqrt{x}\\sqrt{y}");
}

TEST(MathEquivalence, Constants) {
  EXPECT_EQUAL("\\pi", "\u03c0");
  EXPECT_EQUAL("2\\pi", "2pi");
  EXPECT_EQUAL("\\frac{\\pi}{4}", "\\frac{1}{4}\\pi");
  EXPECT_EQUAL("e^{i\\pi}", "-1");
  EXPECT_EQUAL("1+2i", "i(2-i)");
  EXPECT_EQUAL("(1+i)^2", "2i");
  EXPECT_EQUAL("\\infty", "+\\infty");
  EXPECT_EQUAL("-\\infty", "-\u221e");
  EXPECT_UNEQUAL("\\infty", "-\\infty");
  EXPECT_UNEQUAL("\\infty", "10^{100}");
  EXPECT_UNEQUAL("1+2i", "1-2i");
  EXPECT_UNEQUAL("\\pi", "3");
  EXPECT_UNEQUAL("\\pi", "e");
}

TEST(MathEquivalence, Functions) {
  EXPECT_EQUAL("\\log_2 8", "3");
  EXPECT_EQUAL("\\log_{10} 2", "\\log_{10}(2)");
  EXPECT_EQUAL("\\ln 4", "2\\ln 2");
  EXPECT_EQUAL("\\sin^2 x", "1-\\cos^2 x");
  EXPECT_EQUAL("\\arctan x", "\\tan^{-1} x");
  EXPECT_EQUAL("2\\sin b\\cos a", "2\\cos(a)\\sin(b)");
  EXPECT_EQUAL("\\binom{5}{2}", "10");
  EXPECT_EQUAL("5!", "120");
  EXPECT_EQUAL("\\lfloor 3.7 \\rfloor", "3");
  EXPECT_EQUAL("|{-3}|", "3");
  EXPECT_EQUAL("\\frac{n!}{(n-2)!}", "n(n-1)");
  EXPECT_EQUAL("\\frac{d!}{2k(d-k)!}", "\\frac{1}{2}\\binom{d}{k}(k-1)!");
  EXPECT_EQUAL("3^{n-1}\\cdot 2", "\\frac{2}{3}\\cdot 3^n");
  EXPECT_EQUAL("e^{x+1}", "e\\cdot e^x");
  EXPECT_UNEQUAL("\\frac{1}{2004!}", "\\frac{1}{2006!}");
  EXPECT_UNEQUAL("\\frac{1}{2^{99}}", "\\frac{1}{2^{98}}");
  EXPECT_UNEQUAL("\\sin x", "\\cos x");
  EXPECT_EQUAL("(-1)^n", "\\cos(n\\pi)");
  EXPECT_UNEQUAL("\\lfloor x\\rfloor", "x");
  EXPECT_UNEQUAL("0^0", "1");
  EXPECT_UNEQUAL("\\log 2", "\\log 3");
  EXPECT_UNEQUAL("2^k", "2^{k+1}");
  EXPECT_UNEQUAL("\\lceil n/2\\rceil+1", "\\lceil n/3\\rceil+3");
}

TEST(MathEquivalence, Algebra) {
  EXPECT_EQUAL("(x-2)(x+2)", "x^2-4");
  EXPECT_EQUAL("x^2+2*x+1", "(x+1)^2");
  EXPECT_EQUAL("\\frac{x^2-1}{x-1}", "x+1");
  EXPECT_EQUAL("11z^{7}(5+11z^{7})", "55z^7+121z^{14}");
  EXPECT_EQUAL("x\u00b2+1", "x^2+1");
  EXPECT_EQUAL("x**2", "x^2");
  EXPECT_EQUAL("\\cos \\theta_1", "\\cos \\theta _1");
  EXPECT_EQUAL("v_{0}", "v_0");
  EXPECT_EQUAL("1.5+5.5(-1)^n", "\\frac{3+11(-1)^n}{2}");
  EXPECT_EQUAL("-(n-1) / 2", "-\\dfrac{n-1}{2}");
  EXPECT_UNEQUAL("(x-2)(x+2)", "x^2+4");
  EXPECT_UNEQUAL("x", "y");
  EXPECT_UNEQUAL("x_1", "x_2");
  EXPECT_UNEQUAL("6r^2-4r-24", "6r^{2} - 4r + 24");
  EXPECT_UNEQUAL("x+1", "x+1+10^{-50}");
}

TEST(MathEquivalence, Bases) {
  EXPECT_EQUAL("1011_2", "1011_{2}");
  EXPECT_EQUAL("1011_2", "13_8");
  EXPECT_UNEQUAL("1011_2", "1011");
  EXPECT_UNEQUAL("1112112_3", "1112122_3");
}

TEST(MathEquivalence, TuplesAndIntervals) {
  EXPECT_EQUAL("(1,2)", "\\left( 1, 2 \\right)");
  EXPECT_EQUAL("(0;1)", "(0,1)");
  EXPECT_EQUAL("(3,2)", "3, 2");
  EXPECT_EQUAL("\\begin{pmatrix}1\\\\2\\\\3\\end{pmatrix}", "(1,2,3)");
  EXPECT_EQUAL("\\langle 1,2,3\\rangle", "(1,2,3)");
  EXPECT_EQUAL("[0,1)", "[0, 1[");
  EXPECT_UNEQUAL("(0,9)", "[0,9)");
  EXPECT_UNEQUAL("(1,2)", "(2,1)");
  EXPECT_UNEQUAL("[x,x+1]", "[x+1,x]");
  EXPECT_UNEQUAL("(1,2)", "(1,2,3)");
  EXPECT_UNEQUAL("(1,2)", "2,1");
}

TEST(MathEquivalence, SetsOfNumbers) {
  EXPECT_EQUAL("(-\\infty,1]\\cup[10,\\infty)", "x \\le 1 \\text{ or } x \\ge 10");
  EXPECT_EQUAL("(-\\infty,1]\\cup[10,\\infty)", "[10,\\infty) \\cup (-\\infty,1]");
  EXPECT_EQUAL("(0,2)", "(0,1] \\cup [1,2)");
  EXPECT_EQUAL("(0,1)\\cup(1,2)", "(0,2) \\setminus \\{1\\}");
  EXPECT_EQUAL("a \\geq 0", "[0,\\infty)");
  EXPECT_EQUAL("x\\in[-2,7]", "-2\\le x\\le 7");
  EXPECT_EQUAL("\\{x|-1<x<1\\}", "(-1,1)");
  EXPECT_EQUAL("\\{x \\in \\mathbb{R} : x > 2\\}", "(2, +\\infty)");
  EXPECT_EQUAL("x \\neq 3", "(-\\infty,3)\\cup(3,\\infty)");
  EXPECT_EQUAL("\\mathbb{R}", "(-\\infty,\\infty)");
  EXPECT_EQUAL("\\emptyset", "\\varnothing");
  EXPECT_EQUAL("m \\geq \\sqrt{2}", "m \\in [\\sqrt{2}, +\\infty)");
  EXPECT_EQUAL("x<=1", "-x>=-1");
  EXPECT_EQUAL("x > 5/2", "2x > 5");
  EXPECT_EQUAL("5 \\geq x", "x \\leq 5");
  EXPECT_EQUAL("1<x<2", "x>1 \\text{ and } x<2");
  EXPECT_UNEQUAL("(0,2)", "(0,1) \\cup (1,2)");
  EXPECT_UNEQUAL("x > 5", "x < 5");
  EXPECT_UNEQUAL("x > 5", "x \\ge 5");
  EXPECT_UNEQUAL("x > 5", "y > 5");
  EXPECT_UNEQUAL("(-\\infty,-5)", "k > -5");
  EXPECT_UNEQUAL("[0,1)", "a \\geq 0");
  EXPECT_UNEQUAL("b<a<d<c", "a<b<c<d");
  EXPECT_EQUAL("a<b<c", "c>b>a");
  EXPECT_EQUAL("x+y<3", "2x+2y<6");
  EXPECT_UNEQUAL("x+y<3", "-x-y<-3");
}

TEST(MathEquivalence, Lists) {
  EXPECT_EQUAL("1,-2", "-2, 1");
  EXPECT_EQUAL("1,-2", "\\{-2, 1\\}");
  EXPECT_EQUAL("1, 3", "1 \\text{ and } 3");
  EXPECT_EQUAL("1, 3", "1 or 3");
  EXPECT_EQUAL("$-1$,$2$,$-2$", "-2,-1,2");
  EXPECT_EQUAL("\\pm 2021", "-2021, 2021");
  EXPECT_EQUAL("\\{1\\pm\\sqrt{5},-2\\}", "-2, 1+\\sqrt5, 1-\\sqrt5");
  EXPECT_EQUAL("(1,2),(1,-2)", "(1,\\pm 2)");
  EXPECT_EQUAL("(7,11), (11,7)", "(11,7)or(7,11)");
  EXPECT_UNEQUAL("1,-2", "1,2");
  EXPECT_UNEQUAL("4", "4 or 5");
  EXPECT_UNEQUAL("4", "4, 5");
  EXPECT_UNEQUAL("4,5", "4");
  EXPECT_UNEQUAL("4,5", "4,5,6");
  EXPECT_UNEQUAL("1,2", "1,1");
  EXPECT_UNEQUAL("3\\pm 2\\sqrt2", "3+2\\sqrt2, 3+4\\sqrt3");
  EXPECT_UNEQUAL("1, 2, \\ldots, n", "1, 3, 5, \\ldots, 2n-1");
  EXPECT_UNEQUAL("(1,2),(3,4)", "(1,4),(3,2)");
  Policy same;
  same.list_order = ListOrder::same;
  EXPECT_FALSE(accepts("1,-2", "-2,1", Mode::answer, same));
}

TEST(MathEquivalence, LabelsAndEquations) {
  EXPECT_EQUAL("5", "x = 5");
  EXPECT_EQUAL("x = 5", "5");
  EXPECT_EQUAL("f(x)=2x+3", "2x+3");
  EXPECT_EQUAL("f(z)=z", "f(x)=x");
  EXPECT_EQUAL("1, 2, 3", "x = 1, y = 2, z = 3");
  EXPECT_EQUAL("x=1, y=2", "y=2, x=1");
  EXPECT_EQUAL("(x,y)=(1,2)", "x=1, y=2");
  EXPECT_EQUAL("1,3", "\\text{Minimum: }1, \\text{Maximum: }3");
  EXPECT_EQUAL("|AB|=1", "1");
  EXPECT_EQUAL("a_n = 3n", "3n");
  EXPECT_EQUAL("7", "3 + 4 = 7");
  EXPECT_EQUAL("\\frac{1+\\sqrt{97}}{8} \\approx 1.36", "\\frac{1+\\sqrt{97}}{8}");
  EXPECT_EQUAL("y=-8(x-3)", "-8x+24");
  EXPECT_EQUAL("y+1=-(2x-1)^2", "-4x^2+4x-2");
  EXPECT_EQUAL("x^2+y^2=1", "1-x^2-y^2=0");
  EXPECT_EQUAL("y=2x+1", "2x-y+1=0");
  EXPECT_UNEQUAL("x^2+y^2=1", "x^2-y^2=1");
  EXPECT_UNEQUAL("x=1, y=2", "x=2, y=1");
  EXPECT_UNEQUAL("1, 2", "x = 2, y = 1");
  EXPECT_UNEQUAL("x=5", "y=5");
  EXPECT_UNEQUAL("f(x)=2x", "f(x)=3x");
  EXPECT_UNEQUAL("y=-8(x-3)", "-8x-24");
  EXPECT_EQUAL("7", "3 + 4");
  EXPECT_UNEQUAL("7", "3 + 5");
  EXPECT_UNEQUAL("5", "x^2 = 5");
}

TEST(MathEquivalence, Matrices) {
  EXPECT_EQUAL("\\begin{pmatrix}1 & 1/2\\\\3&4\\end{pmatrix}", "\\begin{bmatrix}1&0.5\\\\3&4\\\\\\end{bmatrix}");
  EXPECT_UNEQUAL("\\begin{pmatrix}1 & 2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1 & 2\\\\3&5\\end{pmatrix}");
  EXPECT_UNEQUAL("\\begin{pmatrix}1 & 2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1 & 2&3&4\\end{pmatrix}");
  EXPECT_UNEQUAL("\\begin{pmatrix}1 & 2\\\\3&4\\end{pmatrix}", "1,2,3,4");
}

TEST(MathEquivalence, RatiosAndTimes) {
  EXPECT_EQUAL("3:1", "3");
  EXPECT_EQUAL("2:4", "1:2");
  EXPECT_EQUAL("1:2:3", "2:4:6");
  EXPECT_EQUAL("20:34", "8:34 p.m.");
  EXPECT_UNEQUAL("1:2", "2:1");
  EXPECT_UNEQUAL("1:2:3", "1:2:4");
  EXPECT_UNEQUAL("12:00", "12:30");
}

TEST(MathEquivalence, Words) {
  EXPECT_EQUAL("true", "True");
  EXPECT_EQUAL("\\text{even}", "even");
  EXPECT_EQUAL("\\text{Softball, Kickball}", "\\text{Kickball, Softball}");
  EXPECT_EQUAL("\\text{(C)}", "C");
  EXPECT_EQUAL("\\mbox{four}", "4");
  EXPECT_EQUAL("f'", "f'");
  EXPECT_UNEQUAL("\\text{oddd}", "odd");
  EXPECT_UNEQUAL("odd", "ddo");
  EXPECT_UNEQUAL("d", "\\text{E}");
  EXPECT_UNEQUAL("\\text{infinitely many}", "0");
  EXPECT_UNEQUAL("Kafelnikov", "Becker");
  EXPECT_UNEQUAL("5", "not 5");
  EXPECT_UNEQUAL("5", "five or six");
}

TEST(MathEquivalence, NotationOfManyHands) {
  EXPECT_EQUAL("(-\\infty,2)\\cup(3,\\infty)", "(-inf, 2) U (3, inf)");
  EXPECT_EQUAL("\\mathbb{R}\\setminus\\{2\\}", "x \\ne 2");
  EXPECT_EQUAL("\\mathbb{R}-\\{2\\}", "(-\\infty,2)\\cup(2,\\infty)");
  EXPECT_EQUAL("(-\\infty,\\infty)", "\\text{all real numbers}");
  EXPECT_EQUAL("(2,\\infty)", "{x | x > 2}");
  EXPECT_EQUAL("x=1,y=2", "\\begin{cases}x=1\\\\y=2\\end{cases}");
  EXPECT_EQUAL("x=1,y=2", "\\left\\{\\begin{array}{l}x=1\\\\y=2\\end{array}\\right.");
  EXPECT_EQUAL("x=1,y=2", "x=1 \\quad y=2");
  EXPECT_EQUAL("2k\\pi", "2k\\pi \\ (k \\in \\mathbb{Z})");
  EXPECT_EQUAL("x=2k\\pi, k\\in\\mathbb{Z}", "2k\\pi");
  EXPECT_EQUAL("32000", "3.2 x 10^4");
  EXPECT_EQUAL("20^\\circ C", "20");
  EXPECT_EQUAL("1011_2", "(1011)_2");
  EXPECT_EQUAL("1011_{\\text{two}}", "1011_2");
  EXPECT_EQUAL("-2, 1", "x_1 = 1, x_2 = -2");
  EXPECT_EQUAL("abc", "a \\cdot b \\cdot c");
  EXPECT_EQUAL("1,7,103,105", "1, 7, 103, 105");
  EXPECT_EQUAL("(1,7,103, 105)", "(1, 7, 103, 105)");
  EXPECT_UNEQUAL("x=1,y=2", "\\begin{cases}x=2\\\\y=1\\end{cases}");
  EXPECT_EQUAL("2^n, n \\in \\mathbb{N}^*", "2^n");
  EXPECT_EQUAL("(-1,1)", "M \\cap N = (-1,1)");
  EXPECT_EQUAL("\\frac{1}{7}", "0.\\dot{1}4285\\dot{7}");
  EXPECT_EQUAL("ACD", "A, C and D");
  EXPECT_UNEQUAL("ACD", "A, C");
  EXPECT_UNEQUAL("45", "4$5");
  EXPECT_UNEQUAL("20^\\circ C", "21^\\circ C");
}

TEST(MathEquivalence, NothingIsEqualToNothing) {
  for (const char* nothing : {"", " ", "$", "$$", "\\boxed{}", "...", "\\ldots", "{}", "()", "=", "\\text{}"}) {
    EXPECT_UNEQUAL("42", nothing);
    EXPECT_UNEQUAL(nothing, nothing);
    EXPECT_UNEQUAL(nothing, "");
  }
  EXPECT_UNEQUAL("x+", "x");
  EXPECT_UNEQUAL("x", "x+");
  EXPECT_UNEQUAL("\\frac{1}{", "1");
  EXPECT_UNEQUAL("\\foo", "\\bar");
}

}  // namespace
}  // namespace hone::math
